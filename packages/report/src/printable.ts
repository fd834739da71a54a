/**
 * A text of somebody else's as it may be shown. Names of plans, their info, release titles, what files hold and servers
 * answer must not forge a line, drive a terminal or turn the direction of text: control and invisible formatting
 * characters become `\uXXXX`, which is also valid in JSON.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
