/** The title of a test, with the reason where it is skipped. */
export function titled(text: string, refused: string | undefined): string {
  return refused === undefined ? text : `${text} (skipped: ${refused})`;
}
