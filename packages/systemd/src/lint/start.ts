import type { UnitEntry } from '../unit.js';
import type { LintContext } from './context.js';
import { quoteWord } from './quote.js';
import { baseName, readCommand, wordsOf } from './read.js';

/** What is wrong with how ExecStart= starts the node. */
export type StartFault =
  'env' | 'shell' | 'relative' | 'bare' | 'nvm' | 'cosmovisor' | 'unsupervised' | 'without-run' | 'tilde' | 'lost-flag';

/** ExecStart= taken apart. */
export interface Start {
  readonly entry: UnitEntry;
  readonly program: string;
  /** Whether it is the stager that is started, and no node. */
  readonly isStager: boolean;
  readonly faults: ReadonlySet<StartFault>;
  /** Of the faults, those that only the operator can mend. */
  readonly unmended: ReadonlySet<StartFault>;
  /** chainvisor's own options, before `run` or right behind it. */
  readonly options: readonly string[];
  /** The node's own arguments, behind `run`; none where what is started is neither a supervisor nor a node. */
  readonly nodeArguments: readonly string[];
  /** What `env` in front of the command sets. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** The setting as it should be, in as many lines as it takes. */
  readonly lines: readonly string[];
}

/** Flags of a node's start that later SDKs have no more, and that changed nothing for a node in sync: x/crisis is gone. */
export const LOST_FLAGS: readonly string[] = ['x-crisis-skip-assert-invariants', 'inv-check-period'];

/** What runs beside a node and has a `start` of its own: signers, relayers, oracles. No supervisor is for them. */
const COMPANIONS: ReadonlySet<string> = new Set(['tmkms', 'horcrux', 'hermes', 'rly', 'pigeon', 'price-feeder']);

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh']);
/** Where version managers put what they install, for a shell's PATH only. */
const VERSION_MANAGER = /\/(?:\.nvm|\.fnm|\.volta|\.asdf|\.nodenv|\.n|fnm|mise)\//;
/** The options of chainvisor; each takes a value. */
const OPTION = /^(?:--?cosmovisor-config|-c|--log-format)(=|$)/i;
/** What makes a shell's line more than a command. */
const SHELL_SYNTAX = /[;|&<>$`()*?[\]{}#\n\\]/;

/** Takes ExecStart= apart; undefined where it cannot be read. Under `@`, the words say something else: they are left alone. */
export function readStart(entry: UnitEntry, context: LintContext, asRoot: boolean): Start | undefined {
  const command = readCommand(entry.value);
  if (command === undefined) return undefined;
  const faults = new Set<StartFault>();
  const unmended = new Set<StartFault>();
  const cannot = (fault: StartFault): void => void unmended.add(fault);

  const { words, variables, opaque } = unwrapped(command.argv, context, faults, cannot);
  const [program = '', script] = words;
  if (opaque || command.flags.includes('@')) {
    return { entry, program, isStager: false, faults, unmended, options: [], nodeArguments: [], variables, lines: [] };
  }
  const isStager = words.slice(0, 2).some((word) => /chainvisor-stager|\bstager\b/.test(word));
  const byNode = /^node(?:js)?$/.test(baseName(program)) && script !== undefined;
  const ours = context.execStart ?? ['/usr/local/bin/chainvisor'];

  let head: readonly string[] = byNode ? [program, script] : [program];
  const rest = words.slice(head.length);
  const name = baseName(program);
  const supervised = !isStager && (byNode || /^(?:chain|cosmo)visor/.test(name));
  const isCosmovisor = supervised && !byNode && name.startsWith('cosmovisor');

  if (isCosmovisor) faults.add('cosmovisor');
  if (!/^[/%]/.test(program)) faults.add(/[/~$]/.test(program) ? 'relative' : 'bare');
  if (!supervised && !isStager && rest[0] === 'start') faults.add('unsupervised');
  if (['cosmovisor', 'relative', 'bare', 'unsupervised'].some((fault) => faults.has(fault as StartFault))) {
    if (supervised || faults.has('unsupervised')) head = ours;
    else cannot(faults.has('bare') ? 'bare' : 'relative');
  }
  if (!byNode && name === 'chainvisor' && VERSION_MANAGER.test(program)) {
    faults.add('nvm');
    const beside = /^(\/.*\/versions\/node\/[^/]+\/bin)\/chainvisor$/.exec(program)?.[1];
    if (context.execStart !== undefined) head = context.execStart;
    else if (beside !== undefined) head = [`${beside}/node`, program];
    else cannot('nvm');
  }

  const isNode = supervised || faults.has('unsupervised');
  const before = supervised ? leadingOptions(rest) : [];
  const args = withRun(rest.slice(before.length), isNode, faults);
  const behind = args[0] === 'run' ? args.slice(1) : args;
  const after = supervised ? leadingOptions(behind) : [];
  const kept = withoutLost(args, context, faults).map((word) => homeWord(word, asRoot, context, faults, cannot));
  const lines = written(entry, command.flags, [...head, ...before, ...kept]);
  const nodeArguments = isNode ? behind.slice(after.length) : wrapped(rest);
  return {
    ...{ entry, program, isStager, faults, unmended },
    ...{ options: [...before, ...after], nodeArguments, variables, lines },
  };
}

function leadingOptions(words: readonly string[]): readonly string[] {
  let count = 0;
  for (let match; (match = OPTION.exec(words[count] ?? '')) !== null;) count += match[1] === '=' ? 1 : 2;
  return words.slice(0, count);
}

/** The node's arguments where another program, as numactl, starts the supervisor: its own flags are none of the node's. */
function wrapped(words: readonly string[]): readonly string[] {
  const run = words.findIndex(
    (word, index) => word === 'run' && /^(?:chain|cosmo)visor/.test(baseName(words[index - 1] ?? '')),
  );
  return run < 0 ? [] : words.slice(run + 1);
}

/** Whether it is no node that is started, but what runs beside one. */
export const isCompanion = ({ program }: Start): boolean => COMPANIONS.has(baseName(program));

interface Unwrapped {
  readonly words: readonly string[];
  readonly variables: readonly (readonly [string, string])[];
  /** Whether what is run cannot be told. */
  readonly opaque: boolean;
}

function unwrapped(
  argv: readonly string[],
  context: LintContext,
  faults: Set<StartFault>,
  cannot: (fault: StartFault) => void,
): Unwrapped {
  let words = argv;
  const variables: [string, string][] = [];
  let opaque = false;
  if (baseName(words[0] ?? '') === 'env') {
    faults.add('env');
    const end = words.findIndex((word, index) => index > 0 && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    for (const word of words.slice(1, end < 0 ? words.length : end)) {
      const equals = word.indexOf('=');
      variables.push([word.slice(0, equals), word.slice(equals + 1)]);
    }
    words = end < 0 ? [] : words.slice(end);
    if (words[0] === undefined || words[0].startsWith('-')) {
      cannot('env');
      opaque = true;
    }
  }
  if (!opaque && SHELLS.has(baseName(words[0] ?? ''))) {
    faults.add('shell');
    const at = words.findIndex((word, index) => index > 0 && /^-[a-z]*c$/.test(word));
    const options = words.slice(1, at < 0 ? words.length : at + 1);
    const login = options.some((word) => word === '--login' || /^-[a-z]*[li]/.test(word));
    const line = at < 0 ? undefined : words[at + 1]?.trim().replace(/^exec\s+/, '');
    const inner = line === undefined || SHELL_SYNTAX.test(line) ? undefined : wordsOf(line);
    if (inner === undefined || inner.length === 0 || (login && context.profile === undefined)) {
      cannot('shell');
      opaque = true;
    } else {
      words = inner;
    }
  }
  return { words, variables, opaque };
}

function withRun(rest: readonly string[], supervised: boolean, faults: Set<StartFault>): readonly string[] {
  if (!supervised) return rest;
  const [first, second] = rest;
  if (first === 'run' && second !== undefined) return rest;
  const isStart = first === 'start' || first?.startsWith('-') === true;
  if (first !== undefined && first !== 'run' && !isStart) return rest;
  // A node that is not supervised yet is told so, once.
  if (!faults.has('unsupervised')) faults.add('without-run');
  if (first === 'start') return ['run', ...rest];
  return ['run', 'start', ...rest.filter((word) => word !== 'run')];
}

function withoutLost(args: readonly string[], context: LintContext, faults: Set<StartFault>): readonly string[] {
  const kept: string[] = [];
  for (const [index, word] of args.entries()) {
    if (isLost(word, context)) {
      faults.add('lost-flag');
      continue;
    }
    const before = args[index - 1] ?? '';
    // The value of --inv-check-period goes with it; the other one has none.
    if (before === '--inv-check-period' && isLost(before, context) && !word.startsWith('-')) continue;
    kept.push(word);
  }
  return kept;
}

function isLost(word: string, { flags }: LintContext): boolean {
  const flag = flagOf(word) ?? '';
  if (!LOST_FLAGS.includes(flag)) return false;
  return flags === undefined || [...flags.values()].some((known) => !known.has(flag));
}

/** The name of a flag; undefined for a word that is none. */
export const flagOf = (word: string): string | undefined => /^--([A-Za-z0-9][^=]*)/.exec(word)?.[1];

function homeWord(
  word: string,
  asRoot: boolean,
  context: LintContext,
  faults: Set<StartFault>,
  cannot: (fault: StartFault) => void,
): string {
  const tilde = asRoot ? /(^|=)~(?=\/|$)/ : /(^|=)(?:~|%h)(?=\/|$)/;
  if (!tilde.test(word)) return word;
  faults.add('tilde');
  const home = context.userHome;
  if (home === undefined) cannot('tilde');
  return home === undefined ? word : word.replace(tilde, (_, before: string) => before + home.replaceAll('%', '%%'));
}

/** One line; where there were several, each flag has its own again. */
function written(entry: UnitEntry, flags: string, words: readonly string[]): readonly string[] {
  const quoted = words.map(quoteWord);
  const lines: string[] = [];
  for (const [index, word] of quoted.entries()) {
    const starts = index === 0 || (entry.lastLine > entry.line && word.startsWith('--'));
    if (starts) lines.push(index === 0 ? `ExecStart=${flags}${word}` : `  ${word}`);
    else lines.push(`${lines.pop() ?? ''} ${word}`);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}
