import { CliError } from './errors.js';

/** What the command line asks for. */
export type Invocation =
  /** `run …`, or a bare node command as cosmovisor 1.1 and older took it. */
  | { readonly kind: 'run'; readonly bare: boolean; readonly options: GlobalOptions; readonly args: readonly string[] }
  /** Anything else: for the commands of our own. */
  | { readonly kind: 'other'; readonly options: GlobalOptions; readonly args: readonly string[] };

/** What may stand before any command. */
interface GlobalOptions {
  /** --cosmovisor-config, -cosmovisor-config or -c: the config.toml to read. */
  readonly config: string | undefined;
  readonly logFormat: 'text' | 'json' | undefined;
}

const spellings: Readonly<Record<string, keyof GlobalOptions>> = {
  '--cosmovisor-config': 'config',
  '-cosmovisor-config': 'config',
  '-c': 'config',
  '--log-format': 'logFormat',
};

/**
 * Takes our own options out of the arguments. With `run` only before it and right after it: everything behind belongs to
 * the node, untouched. `nodeCommands` are those that a bare invocation may begin with. Throws CliError `usage`.
 */
export function parseCommandLine(argv: readonly string[], nodeCommands: readonly string[]): Invocation {
  const before = takeOptions(argv, { config: undefined, logFormat: undefined });
  const [command, ...rest] = before.args;
  if (command === 'run') {
    const after = takeOptions(rest, before.options);
    return { kind: 'run', bare: false, ...after };
  }
  if (command !== undefined && nodeCommands.includes(command)) return { kind: 'run', bare: true, ...before };
  return { kind: 'other', ...takeEverywhere(before) };
}

/** With a command of our own they may stand anywhere before `--`: what is behind is the node's, for its unit. */
function takeEverywhere(found: { options: GlobalOptions; args: readonly string[] }): typeof found {
  const kept: string[] = [];
  for (let { options, args } = found; ; { options, args } = takeOptions(args, options)) {
    const [first, ...rest] = args;
    if (first === undefined || first === '--') return { options, args: [...kept, ...args] };
    kept.push(first);
    args = rest;
  }
}

function takeOptions(
  argv: readonly string[],
  known: GlobalOptions,
): { options: GlobalOptions; args: readonly string[] } {
  let options = known;
  let args = argv;
  for (;;) {
    const [first = '', ...rest] = args;
    const equals = first.indexOf('=');
    const flag = (equals < 0 ? first : first.slice(0, equals)).toLowerCase();
    const name = Object.hasOwn(spellings, flag) ? spellings[flag] : undefined;
    if (name === undefined) return { options, args };
    const value = equals < 0 ? rest[0] : first.slice(equals + 1);
    if (value === undefined || value === '') {
      throw new CliError('usage', `${flag} requires an argument`, {
        hint: `${flag} <${name === 'config' ? 'path' : 'text|json'}>`,
      });
    }
    options = { ...options, [name]: name === 'logFormat' ? logFormat(value) : value };
    args = equals < 0 ? rest.slice(1) : rest;
  }
}

function logFormat(value: string): 'text' | 'json' {
  if (value === 'text' || value === 'json') return value;
  throw new CliError('usage', `--log-format "${value}" is neither text nor json`, { hint: 'leave it out for text' });
}

/** Global flags of SDK nodes: those that take a separate value, and those that take none. */
const valueFlags = new Set(['--home', '--log_level', '--log_format', '--log-level', '--log-format', '--chain-id']);
const switches = new Set(['--help', '-h', '--version', '-v', '--trace', '--log_no_color']);

/**
 * Whether arguments of `run` are a node command, which is supervised, or any other, which is passed through: the first
 * argument that is not a flag decides. A word behind a flag that we do not know may be its value or the command; it is
 * taken for a value only where it is no node command, so that a node is never run unsupervised for a flag in front of it.
 */
export function isNodeCommand(args: readonly string[], nodeCommands: readonly string[]): boolean {
  for (const [index, argument] of args.entries()) {
    const before = args[index - 1] ?? '';
    if (argument.startsWith('-') || valueFlags.has(before)) continue;
    if (nodeCommands.includes(argument)) return true;
    const mayBeValue = before.startsWith('-') && !before.includes('=') && !switches.has(before);
    if (!mayBeValue) return false;
  }
  return false;
}
