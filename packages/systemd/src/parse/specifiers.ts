/** What systemd puts in for specifiers, by their letter: `{ i: 'paloma', h: '/root' }`. */
export type Specifiers = Readonly<Record<string, string>>;

/** The text with its specifiers put in; `%%` is a percent sign, and what is not named stays as it is written. */
export function expandSpecifiers(text: string, specifiers: Specifiers): string {
  return text.replace(/%(.)/gsu, (whole, letter: string) => {
    if (letter === '%') return '%';
    return Object.hasOwn(specifiers, letter) ? (specifiers[letter] ?? whole) : whole;
  });
}
