import { GoError } from './endings.ts';

/** How pflag reads a flag: with a value, or alone. */
export type FlagKind = 'value' | 'bool';

export interface ParsedArgs {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
}

/**
 * Reads arguments as pflag does: `--name value`, `--name=value`, a bare `--name` for a bool, `--` ends them.
 * @throws {GoError} with cobra's text for an unknown flag or a missing value.
 */
export function parseArgs(args: readonly string[], known: Readonly<Record<string, FlagKind>>): ParsedArgs {
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      positionals.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      positionals.push(arg);
      continue;
    }
    if (!arg.startsWith('--')) throw new GoError(`unknown shorthand flag: '${arg.slice(1, 2)}' in ${arg}`);
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw new GoError(`unknown flag: --${name}`);
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    if (value === undefined && kind === 'bool') value = 'true';
    value ??= args[(at += 1)];
    if (value === undefined) throw new GoError(`flag needs an argument: --${name}`);
    flags.set(name, [...(flags.get(name) ?? []), value]);
  }
  return { flags, positionals };
}

/** @throws {GoError} */
export function parseInteger(name: string, text: string): number {
  if (/^[+-]?\d+$/.test(text.trim())) return Number(text);
  throw new GoError(`invalid argument "${text}" for "--${name}" flag: strconv.Atoi: parsing "${text}": invalid syntax`);
}

/** A cobra int slice: `10`, `10,20`, repeated, `[10,20]`. */
export function parseIntegers(name: string, texts: readonly string[]): number[] {
  return texts
    .flatMap((text) => text.replace(/^\[|\]$/g, '').split(','))
    .filter((part) => part.trim() !== '')
    .map((part) => parseInteger(name, part.trim()));
}
