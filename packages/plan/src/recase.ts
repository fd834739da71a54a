import { LOWER_CASE_RANGES } from './lower-table.js';
import { wellFormed } from './utf8.js';

let table: ReadonlyMap<string, string> | undefined;

/**
 * Go's `strings.ToLower`: each code point by itself, no context and no locale, by Unicode 15.0. `ΔİΞ` becomes `δiξ` and
 * a final `Σ` is `σ`; JavaScript's `toLowerCase` answers both differently. A lone surrogate becomes U+FFFD.
 */
export function recaseName(name: string): string {
  let lowered = '';
  for (const char of wellFormed(name)) lowered += (table ??= readTable()).get(char) ?? char;
  return lowered;
}

function readTable(): ReadonlyMap<string, string> {
  const lower = new Map<string, string>();
  const ranges = LOWER_CASE_RANGES.matchAll(/([0-9a-f]+)(?:([-:])([0-9a-f]+))?([+-]\d+)/g);
  for (const [, first = '', step, last = first, offset] of ranges) {
    for (let code = parseInt(first, 16); code <= parseInt(last, 16); code += step === ':' ? 2 : 1) {
      lower.set(String.fromCodePoint(code), String.fromCodePoint(code + Number(offset)));
    }
  }
  return lower;
}
