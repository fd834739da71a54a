const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** A span as people say it, by its two largest units: `2 d 3 h`, `14 min`. */
export function timeText(milliseconds: number): string {
  let rest = Math.max(milliseconds, 0);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  const [first, second] = parts;
  if (first === undefined) return 'less than a minute';
  return second === undefined || second.startsWith('0 ') ? first : `${first} ${second}`;
}
