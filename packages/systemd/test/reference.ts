// What systemd does with a unit, state by state from its rules (systemd.syntax, systemd.exec, systemd.service), over bytes
// and apart from the package's own parser, which takes whole patterns.

export class Refused extends Error {}

/** The values of a key in a section, as they reach the parser of the setting. */
export function valuesOf(unit: string, section: string, key: string): string[] {
  const values: string[] = [];
  let within = '';
  let pending: string | undefined;
  let isMarked = false;
  for (let line of unit.split(/\r\n|\n\r|\r|\n/)) {
    const first = line.replace(/^[ \t]+/, '')[0];
    if (first === '#' || first === ';') continue;
    if (!isMarked && line.startsWith('\ufeff')) {
      isMarked = true;
      line = line.slice(1);
    }
    const joined = (pending ?? '') + line;
    let escaped = false;
    for (const char of joined) escaped = !escaped && char === '\\';
    if (escaped) {
      pending = `${joined.slice(0, -1)} `;
      continue;
    }
    pending = undefined;
    const text = joined.replace(/^[ \t]+|[ \t]+$/g, '');
    if (text === '') continue;
    if (text.startsWith('[')) {
      if (!text.endsWith(']')) throw new Refused(`invalid section header ${text}`);
      within = text.slice(1, -1);
      continue;
    }
    const equals = text.indexOf('=');
    if (equals < 1) throw new Refused(`missing "=" in ${text}`);
    const name = text.slice(0, equals).replace(/[ \t]+$/, '');
    if (within === section && name === key) values.push(text.slice(equals + 1).replace(/^[ \t]+/, ''));
  }
  if (pending !== undefined) throw new Refused('the file ends within a line');
  return values;
}

/** extract_first_word with EXTRACT_UNQUOTE, and with EXTRACT_CUNESCAPE where C escapes are known; strict. */
export function wordsOf(value: string, { c }: { c: boolean }): string[] {
  const input = Buffer.from(value);
  const words: string[] = [];
  const isSpace = (byte: number | undefined): boolean =>
    byte !== undefined && ' \t\n\r'.includes(String.fromCharCode(byte));
  let at = 0;
  for (;;) {
    while (isSpace(input[at])) at += 1;
    if (at >= input.length) return words;
    const word: number[] = [];
    let quote: number | undefined;
    for (; at < input.length && (quote !== undefined || !isSpace(input[at])); at += 1) {
      const byte = input[at] ?? 0;
      if (byte === 0x5c) {
        at += 1;
        if (at >= input.length) throw new Refused('a backslash at the end');
        if (c) at += unescape(input, at, word) - 1;
        else word.push(input[at] ?? 0);
      } else if (quote !== undefined) {
        if (byte === quote) quote = undefined;
        else word.push(byte);
      } else if (byte === 0x22 || byte === 0x27) {
        quote = byte;
      } else {
        word.push(byte);
      }
    }
    if (quote !== undefined) throw new Refused('unbalanced quoting');
    words.push(utf8(word));
  }
}

/** cunescape_one: appends what an escape stands for, and tells how long it is. */
function unescape(input: Buffer, at: number, word: number[]): number {
  const char = String.fromCharCode(input[at] ?? 0);
  const simple = 'abfnrtvs\\"\''.indexOf(char);
  if (simple >= 0) {
    word.push([7, 8, 12, 10, 13, 9, 11, 32, 0x5c, 0x22, 0x27][simple] ?? 0);
    return 1;
  }
  const digits = { x: 2, u: 4, U: 8 }[char];
  const octal = digits === undefined;
  const text = octal ? input.toString('latin1', at, at + 3) : input.toString('latin1', at + 1, at + 1 + digits);
  if (!(octal ? /^[0-7]{3}$/ : /^[0-9a-fA-F]+$/).test(text) || text.length !== (digits ?? 3)) {
    throw new Refused(`unknown escape \\${char}`);
  }
  const code = parseInt(text, octal ? 8 : 16);
  if (code === 0) throw new Refused('an escaped NUL');
  if (octal || digits === 2) word.push(code);
  else word.push(...Buffer.from(String.fromCodePoint(code)));
  return octal ? 3 : 1 + digits;
}

/** specifier_printf, with the specifiers that are given; others are refused. */
export function specifiersIn(text: string, table: Readonly<Record<string, string>> = {}): string {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char !== '%') {
      result += char;
      continue;
    }
    at += 1;
    const letter = text[at] ?? '';
    const value = letter === '%' ? '%' : table[letter];
    if (value === undefined) throw new Refused(`unknown specifier %${letter}`);
    result += value;
  }
  return result;
}

/** replace_env_argv with an empty environment: `$X` and `${X}` become nothing, `$$` a dollar sign. */
export function argumentsOf(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (/^\$(?![{$])/.test(word)) return [];
    return [word.replace(/\$(?:\$|\{[^}]*\})/g, (found) => (found === '$$' ? '$' : ''))];
  });
}

/** parse_env_file, state by state. */
export function environmentFile(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  let state:
    'pre-key' | 'key' | 'pre-value' | 'value' | 'value-escape' | 'single' | 'double' | 'double-escape' | 'comment' =
    'pre-key';
  let key = '';
  let value = '';
  let chomp = -1;
  const push = (): void => {
    result[key.replace(/[ \t]+$/, '')] = state === 'value' && chomp >= 0 ? value.slice(0, chomp) : value;
    [key, value, chomp] = ['', '', -1];
    state = 'pre-key';
  };
  for (const char of text) {
    const newline = char === '\n' || char === '\r';
    const space = newline || char === ' ' || char === '\t';
    if (state === 'pre-key') {
      if (char === '#' || char === ';') state = 'comment';
      else if (!space) [state, key] = ['key', char];
    } else if (state === 'comment') {
      if (newline) state = 'pre-key';
    } else if (state === 'key') {
      if (newline) [state, key] = ['pre-key', ''];
      else if (char === '=') state = 'pre-value';
      else key += char;
    } else if (state === 'pre-value') {
      if (newline) push();
      else if (char === "'") state = 'single';
      else if (char === '"') state = 'double';
      else if (char === '\\') state = 'value-escape';
      else if (!space) [state, value] = ['value', value + char];
    } else if (state === 'value') {
      if (newline) {
        push();
      } else if (char === '\\') {
        [state, chomp] = ['value-escape', -1];
      } else {
        if (!space) chomp = -1;
        else if (chomp < 0) chomp = value.length;
        value += char;
      }
    } else if (state === 'value-escape') {
      state = 'value';
      if (!newline) value += char;
    } else if (state === 'single') {
      if (char === "'") state = 'pre-value';
      else value += char;
    } else if (state === 'double') {
      if (char === '"') state = 'pre-value';
      else if (char === '\\') state = 'double-escape';
      else value += char;
    } else {
      state = 'double';
      if ('"\\`$'.includes(char)) value += char;
      else if (char !== '\n') value += `\\${char}`;
    }
  }
  if (!['pre-key', 'key', 'comment'].includes(state)) push();
  return result;
}

function utf8(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
