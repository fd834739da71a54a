/**
 * Plan names, their info and what a node's files hold come from the chain: they must not forge a line, drive a terminal
 * or turn the direction of text. Control and invisible formatting characters become `\uXXXX`, also valid in JSON.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
