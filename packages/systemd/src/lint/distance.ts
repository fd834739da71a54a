/** How many letters must be changed, added or left out to make one word of the other; no more than `most` + 1 is told. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1];
    for (const [index, wanted] of Array.from(other).entries()) {
      const changed = (row[index] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The word that was meant: equal but for its capitals, else the nearest within two letters, of words of five and more. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const small = word.toLowerCase();
  let best: string | undefined;
  let least = word.length < 5 ? 1 : 3;
  for (const candidate of known) {
    const away = distance(small, candidate.toLowerCase(), 2);
    if (away < least) [best, least] = [candidate, away];
  }
  return best;
}
