const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A word as it is written in a setting that systemd unquotes. Specifiers and variables in it stay what they are. */
export function quoteWord(word: string): string {
  if (word === ';') return '\\;';
  if (/^[^\s"'\\]+$/.test(word)) return word;
  return `"${word.replace(/["\\\n\r\t]/g, (char) => ESCAPES[char] ?? char)}"`;
}
