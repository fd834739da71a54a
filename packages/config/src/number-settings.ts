import { formatNanoseconds, parseNanoseconds, toMilliseconds, toNanoseconds } from './duration.js';
import { invalidValue } from './errors.js';
import { quote, typeName } from './quote.js';
import { optionalSetting, type CommonOptions, type OptionalOptions, type Setting, type Value } from './setting.js';
import { tomlText } from './toml-literal.js';

export interface BoolOptions extends CommonOptions {
  readonly fallback: boolean;
}

/**
 * `true` or `false`, in any letter case in the environment. Everything else (`1`, `yes`) is refused, as cosmovisor
 * does since 1.0. In the file also exactly the texts `"true"` and `"false"`.
 */
export function bool(options: BoolOptions): Setting<boolean> {
  const expects = 'true or false';
  const from = (word: unknown): boolean => {
    if (word === 'true' || word === true) return true;
    if (word === 'false' || word === false) return false;
    throw invalidValue('is neither true nor false');
  };
  return optionalSetting<boolean, boolean, true>(options, {
    expects,
    parse: (text) => from(text.toLowerCase()),
    fromFile: (value) => {
      if (typeof value === 'string' || typeof value === 'boolean') return from(value);
      throw invalidValue(`is ${typeName(value)}, neither true nor false`);
    },
    format: String,
    toToml: String,
  });
}

export interface IntegerOptions<F, R extends boolean> extends OptionalOptions<F, R> {
  readonly min?: number;
  readonly max?: number;
}

/** A decimal integer between `min` (default 0) and `max` (default 2^53 - 1). */
export function integer<const F extends number | undefined = undefined, const R extends boolean = false>(
  options: IntegerOptions<F, R>,
): Setting<Value<number, F, R>> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const inRange = (value: number): number => {
    if (value < min) throw invalidValue(`is less than ${min}`, `use ${min} or more`);
    if (value > max) throw invalidValue(`is more than ${max}`, `use ${max} or less`);
    return value;
  };
  return optionalSetting<number, F, R>(options, {
    expects: `an integer from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`,
    parse: (text) => {
      if (!/^[-+]?[0-9]+$/.test(text)) throw invalidValue('is not an integer', 'use decimal digits only');
      return inRange(Number(text));
    },
    fromFile: (value) => inRange(Number(integerFromFile(value))),
    format: String,
    toToml: String,
  });
}

export interface DurationOptions<F, R extends boolean> extends OptionalOptions<F, R> {
  /** What 0 means: a value like any other, the default (`unset`), or nothing that can be used (`refused`). */
  readonly zero: 'allowed' | 'unset' | 'refused';
}

/** The longest wait of a JavaScript timer: 2^31 - 1 ms, about 24 days. A longer one would fire at once. */
const longest = 2_147_483_647;

/**
 * A duration, in milliseconds. Text is in Go's grammar with a unit; an integer in the file is nanoseconds, as
 * cosmovisor writes it. Negative ones, those below 1ms (an integer meant as seconds or milliseconds) and those too long
 * for a timer are refused.
 */
export function duration<const F extends number | undefined = undefined, const R extends boolean = false>(
  options: DurationOptions<F, R>,
): Setting<Value<number, F, R>> {
  const parse = (text: string): number => usable(parseNanoseconds(text), options.zero);
  const fromFile = (value: unknown): number => {
    if (typeof value === 'string') return parse(value);
    const count = integerFromFile(value, 'write the duration as a text with a unit, such as "300ms"');
    return usable(count, options.zero, count);
  };
  const format = (milliseconds: number): string => formatNanoseconds(toNanoseconds(milliseconds));
  return optionalSetting<number, F, R>(options, {
    expects: 'a duration with its unit, such as 300ms or 1m30s',
    parse,
    fromFile,
    meansUnset: (value) => value === 0 && options.zero === 'unset',
    format,
    toToml: (value) => tomlText(format(value)),
  });
}

function usable(value: bigint, zero: 'allowed' | 'unset' | 'refused', count?: bigint): number {
  if (value < 0n) throw invalidValue('is negative', 'use a positive duration');
  if (value === 0n && zero === 'refused') {
    const origin = count === undefined ? '' : ' (cosmovisor init writes 0 where it could not parse the variable)';
    throw invalidValue(`must be greater than 0${origin}`, 'use a duration such as 300ms');
  }
  if (value > 0n && value < 1_000_000n) {
    if (count === undefined) throw invalidValue('is shorter than 1ms', 'use 1ms or more');
    throw invalidValue(
      `is ${value} nanoseconds: an integer in the file counts nanoseconds`,
      `write the unit in quotes: "${count}ms" or "${count}s"`,
    );
  }
  const milliseconds = toMilliseconds(value);
  if (milliseconds > longest) {
    const most = formatNanoseconds(toNanoseconds(longest));
    throw invalidValue(`is longer than ${most}, the longest wait that is possible`, `use ${most} or less`);
  }
  return milliseconds;
}

function integerFromFile(value: unknown, fix = 'write it as digits without quotes'): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  const shown = typeof value === 'string' ? `the text ${quote(value)}` : typeName(value);
  throw invalidValue(`is ${shown}, not an integer`, fix);
}
