import { invalidValue } from './errors.js';
import { quote } from './quote.js';

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n, // micro sign
  '\u03bcs': 1_000n, // Greek mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const most = 2n ** 63n;

/**
 * Go's `time.ParseDuration`: an optional sign, then one or more decimal numbers, each with a unit
 * (`ns`, `us`, `µs`, `ms`, `s`, `m`, `h`); `0` alone needs none. Exact to the nanosecond within the range of an int64.
 *
 * @throws ConfigError `VALUE_INVALID`
 */
export function parseNanoseconds(text: string): bigint {
  const negative = text.startsWith('-');
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw malformed(text);
  let total = 0n;
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest);
    const [matched = '', whole = '', fraction = ''] = number ?? [];
    if (whole === '' && fraction === '') throw malformed(text);
    const unit = /^[^.0-9]*/.exec(rest.slice(matched.length))?.[0] ?? '';
    if (unit === '') throw invalidValue(`missing unit in duration ${quote(text)}`, unitFix(text));
    const scale = Object.hasOwn(nanoseconds, unit) ? nanoseconds[unit] : undefined;
    if (scale === undefined) {
      throw invalidValue(
        `unknown unit ${quote(unit)} in duration ${quote(text)}`,
        'use the units ns, us, ms, s, m and h, as in 1h30m',
      );
    }
    total += wholePart(whole, scale, text) + fractionPart(fraction, scale);
    if (total > most) throw malformed(text, 'it is too long');
    rest = rest.slice(matched.length + unit.length);
  }
  if (negative) return -total;
  if (total === most) throw malformed(text, 'it is too long');
  return total;
}

function wholePart(digits: string, scale: bigint, text: string): bigint {
  // Bounded before BigInt sees it: a conversion costs more than linear time in the number of digits.
  if (digits.replace(/^0+/, '').length > 19) throw malformed(text, 'it is too long');
  return BigInt(digits) * scale;
}

/** Go multiplies as float64 what fits an int64 of the digits and drops the others. */
function fractionPart(digits: string, scale: bigint): bigint {
  let value = 0n;
  let power = 1;
  for (const digit of digits) {
    if (value > (most - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > most) break;
    value = next;
    power *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(scale) / power)));
}

function malformed(text: string, detail?: string): Error {
  const reason = `invalid duration ${quote(text)}`;
  return invalidValue(
    detail === undefined ? reason : `${reason}: ${detail}`,
    'write a number and a unit, as in 300ms, 1.5s or 1h30m',
  );
}

function unitFix(text: string): string {
  const number = quote(text).slice(1, -1);
  return /^[-+]?[0-9.]+$/.test(text) ? `write ${number}ms or ${number}s` : 'give every number a unit, as in 1h30m';
}

/**
 * A duration in Go's grammar (`300ms`, `1.5h30m`, `.5s`, `-2m3.4s`) in milliseconds. Exact to the nanosecond up to
 * 2^32 ms (49 days).
 *
 * @throws ConfigError `VALUE_INVALID`
 */
export function parseDuration(text: string): number {
  return toMilliseconds(parseNanoseconds(text));
}

/** Whole and fractional milliseconds are converted apart, which keeps the nanoseconds. */
export function toMilliseconds(value: bigint): number {
  return Number(value / 1_000_000n) + Number(value % 1_000_000n) / 1e6;
}

/** The inverse of `toMilliseconds`. @throws ConfigError `VALUE_INVALID` for what an int64 of nanoseconds cannot hold */
export function toNanoseconds(milliseconds: number): bigint {
  if (!Number.isFinite(milliseconds)) throw invalidValue(`${milliseconds} is not a duration`);
  const whole = Math.trunc(milliseconds);
  const value = BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
  if (value >= most || value < -most) throw invalidValue(`a duration of ${milliseconds} ms is too long`);
  return value;
}

/**
 * Milliseconds as Go prints a duration: `300ms`, `1s`, `1m0s`, `1.5s`, `0s`.
 *
 * @throws ConfigError `VALUE_INVALID` if it is not finite or beyond Go's range (292 years)
 */
export function formatDuration(milliseconds: number): string {
  return formatNanoseconds(toNanoseconds(milliseconds));
}

/** Go's `Duration.String`. */
export function formatNanoseconds(value: bigint): string {
  const sign = value < 0n ? '-' : '';
  const size = value < 0n ? -value : value;
  if (size === 0n) return '0s';
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}\u00b5s`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return `${sign}${hours === 0n ? '' : `${hours}h`}${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}
