const LIMIT = 160;

/**
 * The beginning of a text, fit for one line of a log: at most 160 characters of it, with everything that does not
 * print (control characters, line breaks, direction marks) written as `\u{…}`.
 */
export function excerpt(text: string): string {
  const start = text.slice(0, LIMIT).replace(/\p{Surrogate}$/u, '');
  const printable = start.replace(
    /[^\p{L}\p{N}\p{P}\p{S} ]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return start.length < text.length ? `${printable}…` : printable;
}
