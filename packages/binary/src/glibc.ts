import type { VersionNeed } from './dynamic.js';

/** A version of glibc such as 2.34, and where it was met. */
export interface GlibcNeed {
  /** Without `GLIBC_`: `2.34`. */
  readonly version: string;
  /** The library that must provide it: `libc.so.6`, `libm.so.6`. */
  readonly library: string;
}

const NUMBERED = /^GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})$/;

/** Whether a version of a symbol is one of glibc's: numbered, or an ABI mark such as `GLIBC_ABI_DT_RELR`. */
export const isGlibc = (version: string): boolean => NUMBERED.test(version) || version.startsWith('GLIBC_ABI_');

/** The highest numbered version among these needs. */
export function highestGlibc(needs: readonly VersionNeed[]): GlibcNeed | undefined {
  let highest: GlibcNeed | undefined;
  for (const { library, versions } of needs) {
    const version = highestVersion(versions);
    if (version !== undefined && (highest === undefined || compare(version, highest.version) > 0)) {
      highest = { version, library };
    }
  }
  return highest;
}

/** The highest `GLIBC_x.y` among these, without the prefix. */
export function highestVersion(versions: readonly string[]): string | undefined {
  const numbers = versions.flatMap((version) => NUMBERED.exec(version)?.[1] ?? []);
  return numbers.sort(compare).at(-1);
}

function compare(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
