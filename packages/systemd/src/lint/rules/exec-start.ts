import type { FindingLevel } from '../../finding.js';
import type { LintCode } from '../code.js';
import type { Draft, Rule } from '../rule.js';
import { add } from '../rule.js';
import { quoteWord } from '../quote.js';
import { isSeveral } from '../read.js';
import type { StartFault } from '../start.js';
import { setting, settings } from '../subject.js';

interface Saying {
  readonly code: LintCode;
  readonly level: FindingLevel;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

const SAYINGS: Readonly<Record<Exclude<StartFault, 'lost-flag'>, Saying>> = {
  env: {
    code: 'EXEC_ENV',
    level: 'warning',
    what: 'the command is started through env',
    why: "what env finds on systemd's short PATH is started, not what a shell would find; and the variables are hidden from lint and doctor",
    mend: 'the absolute path of the program, and a line Environment= for each variable',
  },
  shell: {
    code: 'EXEC_SHELL',
    level: 'warning',
    what: 'the command is started through a shell',
    why: "unless the shell ends in exec, systemd watches it instead of chainvisor, and the exit codes are the shell's; what it starts, lint and doctor cannot always tell",
    mend: 'the command itself in ExecStart=, its variables in Environment=',
  },
  relative: {
    code: 'EXEC_NOT_ABSOLUTE',
    level: 'error',
    what: 'the program has no absolute path',
    why: 'systemd expands neither ~ nor $HOME there, and refuses the unit: the node does not start',
    mend: 'write the absolute path of chainvisor',
  },
  bare: {
    code: 'EXEC_NOT_ABSOLUTE',
    level: 'warning',
    what: 'the program is named without a path',
    why: 'systemd looks for it in its own few directories, not in those of a shell: another version may be found, or none',
    mend: 'write the absolute path of chainvisor',
  },
  nvm: {
    code: 'EXEC_NVM',
    level: 'error',
    what: 'chainvisor is started by its script from a version manager of Node.js',
    why: 'the script looks for node on the PATH, which in a service lacks that of nvm and its like: `env: node: No such file or directory`',
    mend: 'the absolute path of node, then that of chainvisor',
  },
  cosmovisor: {
    code: 'EXEC_COSMOVISOR',
    level: 'note',
    what: 'this unit still starts cosmovisor',
    why: 'nothing of chainvisor takes effect until ExecStart= names it; the arguments stay the same',
    mend: 'write chainvisor instead of cosmovisor, then systemctl daemon-reload and restart',
  },
  unsupervised: {
    code: 'EXEC_UNSUPERVISED',
    level: 'error',
    what: 'the node is started without a supervisor',
    why: 'at the height of the next upgrade it halts, and nothing switches its binary',
    mend: "chainvisor run start in front of the node's arguments",
  },
  'without-run': {
    code: 'EXEC_WITHOUT_RUN',
    level: 'error',
    what: '`run start` is missing in the command',
    why: 'without it only cosmovisor 1.0 and older started the node; anything newer ends with a usage error',
    mend: "write `run start`, then the node's arguments",
  },
  tilde: {
    code: 'EXEC_TILDE',
    level: 'error',
    what: 'an argument begins with ~ or %h',
    why: "systemd does not expand ~, and its %h is root's home, whatever User= says: the node is started with a home that is not its own",
    mend: 'write the path in full',
  },
};

/** How the node is started. */
export const execStart: Rule = (subject) => {
  const entry = setting(subject, 'ExecStart');
  const { start, context } = subject;
  if (entry === undefined) {
    const words = context.execStart === undefined ? undefined : [...context.execStart, 'run', 'start'];
    return [
      {
        code: 'EXEC_MISSING',
        level: 'error',
        at: undefined,
        what: 'there is no ExecStart=',
        why: 'systemd refuses such a service',
        mend: 'ExecStart= with the absolute path of chainvisor, and `run start`',
        changes: words === undefined ? [] : [add('Service', `ExecStart=${words.map(quoteWord).join(' ')}`)],
      },
    ];
  }
  if (start === undefined) {
    return [
      {
        code: 'EXEC_UNREADABLE',
        level: 'error',
        at: entry,
        what: 'a quote in ExecStart= is never closed',
        why: 'systemd ignores the line, and so has nothing to start',
        mend: 'close the quote, or write \\" where one is meant',
        changes: [],
      },
    ];
  }
  return [...several(subject), ...faults(subject)];
};

const faults: Rule = ({ start }) => {
  if (start === undefined) return [];
  const variables = start.variables.map(([name, value]) => `Environment=${quoteWord(`${name}=${value}`)}`);
  const kept = start.unmended.has('env') || variables.length === 0 ? [] : [add('Service', ...variables)];
  const stuck = start.lines.length === 0;
  return [...start.faults].flatMap((fault): Draft[] => {
    if (fault === 'lost-flag') return [];
    const changes =
      stuck || start.unmended.has(fault)
        ? []
        : [{ do: 'set', entry: start.entry, lines: start.lines } as const, ...kept];
    return [{ ...SAYINGS[fault], at: start.entry, changes }];
  });
};

const several: Rule = (subject) => {
  const entries = settings(subject, 'ExecStart');
  const second = entries[1] ?? entries.find(({ value }) => isSeveral(value));
  if (second === undefined || setting(subject, 'Type')?.value === 'oneshot') return [];
  return [
    {
      code: 'EXEC_SEVERAL',
      level: 'error',
      at: second,
      what: 'there is more than one command in ExecStart=',
      why: 'systemd takes several for Type=oneshot only, and refuses this unit; in a drop-in, an empty ExecStart= must come first',
      mend: 'keep the one that starts chainvisor',
      changes: [],
    },
  ];
};
