import { environmentChange, downloadsUnchecked, isOn, NO_EFFECT } from '../environment-change.js';
import { OURS } from '../environment.js';
import { quoteWord } from '../quote.js';
import type { Change, Draft, Rule } from '../rule.js';
import { add, drop } from '../rule.js';
import { settings } from '../subject.js';
import type { Subject } from '../subject.js';

const REQUIRED = ['DAEMON_NAME', 'DAEMON_HOME'] as const;
const PROFILE =
  /(?:^|\/)(?:\.profile|\.bash_profile|\.bash_login|\.bashrc|\.zshrc|\.zshenv|\.zprofile|profile|bash\.bashrc)$/;

/** What chainvisor cannot do without, and nothing gives. */
export const missingVariables: Rule = (subject) => {
  const { variables, knowsVariables, start, context } = subject;
  const words = [...(start?.options ?? []), ...(start?.nodeArguments ?? [])];
  const byFile = words.some((word) => /^(?:--?cosmovisor-config|-c)(?:=|$)/.test(word));
  if (!knowsVariables || byFile || start?.isStager === true) return [];
  return REQUIRED.filter((name) => (variables.get(name)?.value ?? '') === '').map((name): Draft => {
    const given = context.profile?.get(name);
    const line = assignment(subject, name);
    return {
      code: 'ENV_MISSING',
      level: 'error',
      at: undefined,
      what: given === undefined ? `${name} is not set` : `${name} is set in ${given.source} only`,
      why:
        given === undefined
          ? 'chainvisor ends at once: without it nothing tells which node to run, and where'
          : 'systemd reads no profile: chainvisor ends at once, though in your shell all seems to be set',
      mend: line ?? `Environment=${name}=… in [Service]`,
      changes: line === undefined ? [] : [add('Service', line)],
    };
  });
};

/** Settings that the operator believes to have made. */
export const profileVariables: Rule = (subject) => {
  const { variables, knowsVariables, context } = subject;
  if (!knowsVariables) return [];
  const names = lostNames(subject).filter((name) => !variables.has(name));
  const source = names[0] === undefined ? undefined : context.profile?.get(names[0])?.source;
  if (source === undefined) return [];
  const lines = names.flatMap((name) => assignment(subject, name) ?? []);
  return [
    {
      code: 'ENV_IN_PROFILE',
      level: 'warning',
      at: undefined,
      what: `set in ${source}, which systemd never reads: ${names.join(', ')}`,
      why: 'chainvisor runs with its defaults instead',
      mend: 'a line Environment= in [Service] for each',
      changes: lines.length < names.length ? [] : [add('Service', ...lines)],
    },
  ];
};

/** Settings of a profile that are worth a line: not what changes nothing, and no call to go without backups. */
function lostNames({ context }: Subject): readonly string[] {
  const left: readonly string[] = [...REQUIRED, ...NO_EFFECT, 'UNSAFE_SKIP_BACKUP'];
  return [...(context.profile?.keys() ?? [])].filter((name) => OURS.test(name) && !left.includes(name));
}

/** The line that gives the service what a profile sets; undefined where a shell would have to expand it first. */
function assignment({ context }: Subject, name: string): string | undefined {
  const value = context.profile?.get(name)?.value;
  if (value === undefined || value === '') return undefined;
  const home = context.userHome;
  const full = home === undefined ? value : value.replace(/^~(?=\/|$)|\$\{HOME\}|\$HOME\b/g, () => home);
  if (/^~|\$/.test(full)) return undefined;
  return `Environment=${quoteWord(`${name}=${full.replaceAll('%', '%%')}`)}`;
}

/** A shell's file that is given to systemd to read. */
export const profileAsFile: Rule = (subject) =>
  settings(subject, 'EnvironmentFile').flatMap((entry): Draft[] => {
    const path = entry.value.replace(/^-/, '');
    const known = [...(subject.context.profile ?? [])].filter(([, { source }]) => source.replace(/:\d+$/, '') === path);
    // Plain assignments, for whoever reads them.
    if (path === '/etc/environment' || (!PROFILE.test(path) && known.length === 0)) return [];
    const names = [...new Set([...REQUIRED, ...lostNames(subject)])].filter((name) =>
      known.some(([one]) => one === name),
    );
    const lines = names.flatMap((name) => assignment(subject, name) ?? []);
    const isWhole = REQUIRED.every((name) => names.includes(name) || subject.variables.has(name));
    const changes: Change[] = lines.length === names.length && isWhole ? [drop(entry), add('Service', ...lines)] : [];
    return [
      {
        code: 'ENV_FILE_PROFILE',
        level: 'error',
        at: entry,
        what: `${path} is a shell's file`,
        why: 'systemd does not run it: lines with `export` are dropped, and $HOME stays what it is',
        mend: 'a file of plain NAME=value lines, or Environment= for each variable',
        changes: lines.length === 0 ? [] : changes,
      },
    ];
  });

/** Settings that are regretted later, or do nothing. */
export const unwiseVariables: Rule = (subject) => [
  ...NO_EFFECT.filter((name) => subject.variables.has(name)).map((name) => ({
    code: 'ENV_NO_EFFECT' as const,
    level: 'note' as const,
    ...given(subject, name),
    what: `${name} has no effect`,
    why: 'lines of any length pass since cosmovisor 1.0',
    mend: 'take it out',
  })),
  ...(isOn(subject, 'UNSAFE_SKIP_BACKUP') ? [skipBackup(subject)] : []),
  ...(downloadsUnchecked(subject) ? [download(subject)] : []),
];

/** Where a variable is set, and what becomes of the line: only lines of the unit itself can be mended here. */
function given(subject: Subject, name: string): Pick<Draft, 'at' | 'changes'> {
  const line = subject.variables.get(name)?.line;
  return { at: line?.entry, changes: line === undefined ? [] : [environmentChange(subject, line)] };
}

function skipBackup(subject: Subject): Draft {
  return {
    code: 'ENV_SKIP_BACKUP',
    level: 'warning',
    ...given(subject, 'UNSAFE_SKIP_BACKUP'),
    // Said, and left to the operator: where there is no room, a backup that is made again stops the next upgrade.
    changes: [],
    what: 'UNSAFE_SKIP_BACKUP=true: upgrades are made without a backup',
    why: 'after a failed migration there is no way back but a snapshot or a sync; with reflinks or hard links a backup takes moments and next to no room',
    mend: 'UNSAFE_SKIP_BACKUP=false, or take it out',
  };
}

function download(subject: Subject): Draft {
  const name = 'DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM';
  const line = subject.variables.get(name)?.line;
  const elsewhere = line === undefined && subject.variables.has(name);
  const changes =
    line === undefined ? [add('Service', `Environment=${name}=true`)] : [environmentChange(subject, line)];
  return {
    code: 'ENV_DOWNLOAD',
    level: 'warning',
    at: given(subject, 'DAEMON_ALLOW_DOWNLOAD_BINARIES').at,
    what: 'binaries are downloaded that no checksum vouches for',
    why: "whoever gets hold of the place that a plan names runs code beside the validator's key",
    mend: `${name}=true; better stage binaries days before, with chainvisor-stager`,
    // A file of variables is read after the unit's own lines: one more of those would change nothing.
    changes: elsewhere ? [] : changes,
  };
}
