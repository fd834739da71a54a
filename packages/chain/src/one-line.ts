/**
 * The beginning of a text of somebody else's, fit for one line: at most so many UTF-16 units, with a single space for each
 * run of white space and of what does not print (control characters, line breaks, direction marks).
 */
export function oneLine(text: string, length: number): string {
  const start = text.slice(0, length).replace(/\p{Surrogate}$/u, '');
  const line = start.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, ' ').trim();
  return text.length > length ? `${line}…` : line;
}
