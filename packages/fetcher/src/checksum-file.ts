import { algorithms, digestOf, type Digest } from './checksum.js';
import { FetcherError } from './errors.js';

interface Line {
  readonly digest: Digest;
  /** As written, without the marks that programs put before it; undefined for a hash alone. */
  readonly name: string | undefined;
}

/**
 * The hash of one file in a list as sha256sum, shasum, BSD's sha256 or goreleaser write it, or the only hash where the
 * file holds nothing else. `names` is what ours may be called, base name or path, the best one first: a line counts for
 * the first of them that any line has, and lines in some directory count by their base name where no better ones do. Of
 * several algorithms the strongest counts. Other lines (comments, signatures) are passed over. `where` names the list in
 * messages.
 *
 * Throws FetcherError `FETCHER_CHECKSUM_FILE_UNUSABLE`, saying what was found instead.
 */
export function parseChecksumFile(text: string, names: readonly string[], where = 'the checksum file'): Digest {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(parseLine);
  const ours = linesFor(lines, names.map(withoutMarks));
  const wanted = names.map((name) => JSON.stringify(name)).join(' or ');
  if (ours.length === 0) throw unusable(`${where} has no checksum for ${wanted}: ${foundIn(lines)}`);

  const strongest = algorithms.findLast((algorithm) => ours.some(({ digest }) => digest.algorithm === algorithm));
  const digests = ours.map(({ digest }) => digest).filter(({ algorithm }) => algorithm === strongest);
  const [first] = digests;
  const hashes = new Set(digests.map(({ hex }) => hex));
  if (first === undefined || hashes.size !== 1) {
    throw unusable(`${where} has ${hashes.size} different checksums for ${wanted}: ${[...hashes].join(', ')}`);
  }
  return first;
}

function parseLine(text: string): Line[] {
  const line = text.trim();
  const [, bsd, bsdName, bsdHex = ''] = /^(MD5|SHA-?1|SHA-?256|SHA-?512) ?\((.+)\) ?= ?([\da-f]+)$/i.exec(line) ?? [];
  const [, hex = '', name] = /^\\?([\da-f]+)(?:\s+(\S.*))?$/i.exec(line) ?? [];
  const digest = bsd === undefined ? digestOf(undefined, hex) : digestOf(bsd, bsdHex);
  if (digest === undefined) return [];
  const written = bsdName ?? name;
  return [{ digest, name: written === undefined ? undefined : withoutMarks(written) }];
}

/** `*` is GNU's mark for binary mode, `?` and `^` are shasum's. */
function withoutMarks(name: string): string {
  return name.replace(/^[*?^]/, '').replace(/^(?:\.?\/)+/, '');
}

function linesFor(lines: readonly Line[], names: readonly string[]): readonly Line[] {
  for (const name of names) {
    const exact = lines.filter((line) => line.name === name);
    if (exact.length > 0) return exact;
  }
  // A list in the same release, written from somewhere above: `dist/linux/name`.
  const below = lines.filter((line) => line.name !== undefined && names.includes(baseOf(line.name)));
  if (below.length > 0) return below;
  return lines.length === 1 && lines[0]?.name === undefined ? lines : [];
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function foundIn(lines: readonly Line[]): string {
  if (lines.length === 0) return 'it has no line with a checksum at all';
  const found = lines.map(({ name }) => (name === undefined ? 'a hash without a name' : JSON.stringify(name)));
  const rest = found.length > 10 ? ` and ${found.length - 10} more` : '';
  return `it has ${found.slice(0, 10).join(', ')}${rest}`;
}

function unusable(message: string): FetcherError {
  return new FetcherError('FETCHER_CHECKSUM_FILE_UNUSABLE', message, {
    hint: 'compare it with the release, and give the checksum itself: sha256:<hex>',
  });
}
