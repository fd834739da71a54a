/** The known name that `name` begins or most resembles; `undefined` if none is near. Letter case does not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const begun = known.find((candidate) => candidate.toLowerCase().startsWith(`${wanted}_`));
  if (begun !== undefined) return begun;
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    const [a, b] = withoutCommonStart(wanted, candidate.toLowerCase());
    const count = edits(a, b);
    if (count < fewest && count <= Math.max(2, Math.ceil(Math.max(a.length, b.length) / 3))) {
      best = candidate;
      fewest = count;
    }
  }
  return best;
}

/** Cut up to the last underscore that both share, so that a shared prefix does not make two names alike. */
function withoutCommonStart(a: string, b: string): readonly [string, string] {
  let start = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '_') start = i + 1;
  return [a.slice(start), b.slice(start)];
}

/** Levenshtein's distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
