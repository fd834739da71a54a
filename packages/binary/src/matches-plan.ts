/** Numbers of a version, and what follows them. */
interface Version {
  /** Without leading zeros. */
  readonly numbers: readonly string[];
  readonly suffix: string;
}

/** `v2.4.14`, `31`, `31.0.0-rc1`, `2.4.14+ledger` (build metadata says nothing about the source and is dropped). */
const VERSION = /^v?(\d+(?:\.\d+){0,3})(?:-([^+]+))?(?:\+.*)?$/i;
/** Suffixes of what is certainly not the release itself: before it, after it (`git describe`), or altered. */
const NOT_THE_RELEASE = /^(?:rc|alpha|beta|pre|dev|dirty)\b|^(?:rc|alpha|beta|pre|dev)[.\d-]|^\d+-g[0-9a-f]{7,40}\b/i;

/**
 * Whether a binary's version is the one that a plan names. Of 1428 plans in the chain registry 704 are the release's tag, 383
 * a prefix of it (`v31` for `v31.0.0`) and the other 341 say nothing about it (words, such as `xenon`), so:
 * - `same`: equal but for a leading `v`, or the plan's numbers begin the version's
 * - `other`: both are versions and their numbers differ, or one is a release candidate of the other, or a later commit
 * - `unknown`: the version is empty, one of both is no version, or they differ in a suffix of unknown meaning (`-rpc`)
 */
export function matchesPlan(version: string, planName: string): 'same' | 'other' | 'unknown' {
  const [is, planned] = [version.trim(), planName.trim()];
  if (is === '' || planned === '') return 'unknown';
  if (bare(is) === bare(planned)) return 'same';
  const [found, wanted] = [parse(is), parse(planned)];
  if (found === undefined || wanted === undefined) return 'unknown';
  // Where the plan says more than the version, the version's missing numbers are zeros.
  if (wanted.numbers.some((number, index) => number !== (found.numbers[index] ?? '0'))) return 'other';
  if (found.suffix === wanted.suffix) return 'same';
  // A plan `v8-Rho` was released as 8.0.0, and on test networks a plan `v31` is often carried out with 31.0.0-rc1.
  if (wanted.numbers.length < 3) return 'unknown';
  return [found.suffix, wanted.suffix].some((suffix) => NOT_THE_RELEASE.test(suffix)) ? 'other' : 'unknown';
}

const bare = (text: string): string => text.toLowerCase().replace(/^v(?=\d)/, '');

function parse(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match?.[1] === undefined) return undefined;
  const numbers = match[1].split('.').map((number) => number.replace(/^0+(?=\d)/, ''));
  return { numbers, suffix: (match[2] ?? '').toLowerCase() };
}
