const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** A size as people say it: `12.3 GB`, `512 B`. */
export function sizeText(bytes: number): string {
  let [value, unit]: [number, string] = [bytes, 'B'];
  for (const next of units) {
    if (value < 1000) break;
    [value, unit] = [value / 1000, next];
  }
  return unit === 'B' ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}

/** `"v2" at height 100` */
export function planText({ name, height }: { readonly name: string; readonly height: number }): string {
  return `${JSON.stringify(name)} at height ${height}`;
}
