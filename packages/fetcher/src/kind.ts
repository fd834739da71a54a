import { FetcherError } from './errors.js';

/** What was downloaded: the program itself, compressed, or in an archive. */
export type Kind = 'raw' | 'gz' | 'zst' | 'tar' | 'tar.gz' | 'tar.zst' | 'zip';

/** How the bytes begin; what is inside a compressed file shows only once it is decompressed. */
export type Wrapping = 'gzip' | 'zstd' | 'zip' | 'tar' | undefined;

const SUFFIXES: readonly (readonly [suffix: string, kind: Kind])[] = [
  ['.tar.gz', 'tar.gz'],
  ['.tgz', 'tar.gz'],
  ['.tar.zst', 'tar.zst'],
  ['.tzst', 'tar.zst'],
  ['.tar', 'tar'],
  ['.zip', 'zip'],
  ['.gz', 'gz'],
  ['.zst', 'zst'],
];

const UNSUPPORTED =
  /\.(tar\.(?:xz|bz2|lz|lz4|lzma|br|z)|txz|tbz2?|tlz|xz|bz2|lz|lz4|lzma|br|z|7z|rar|deb|rpm|apk|ar|dmg|pkg|msi|exe)$/i;

const UNSUPPORTED_BYTES: readonly (readonly [magic: string, name: string])[] = [
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['213c617263683e0a', 'ar, which Debian packages are'],
  ['edabeedb', 'an RPM package'],
  ['377abcaf271c', '7z'],
  ['526172211a07', 'RAR'],
];

/** What a path or file name promises; undefined where it promises nothing. Throws `FETCHER_KIND_UNSUPPORTED`. */
export function kindOfName(name: string): Kind | undefined {
  const lower = name.toLowerCase();
  const found = SUFFIXES.find(([suffix]) => lower.endsWith(suffix));
  if (found !== undefined) return found[1];
  const other = UNSUPPORTED.exec(name);
  if (other !== null) throw unsupported(`${JSON.stringify(name)} is a .${String(other[1])} file`);
  return undefined;
}

/** What go-getter's `archive` parameter asks for; its ways to write false mean that nothing is unpacked. */
export function kindOfParameter(value: string): Kind {
  if (/^(?:0|f|false)$/i.test(value)) return 'raw';
  const found = SUFFIXES.find(([suffix]) => suffix === `.${value.toLowerCase()}`);
  if (found === undefined) throw unsupported(`archive=${value} is asked for`);
  return found[1];
}

/** Tells by the first 512 bytes, or fewer where there are no more. Throws `FETCHER_KIND_UNSUPPORTED`. */
export function wrappingOf(head: Buffer, what: string): Wrapping {
  const hex = head.toString('hex', 0, 8);
  if (hex.startsWith('1f8b')) return 'gzip';
  // A frame, or one of the skippable ones that may come first.
  if (hex.startsWith('28b52ffd') || /^5.2a4d18/.test(hex)) return 'zstd';
  if (hex.startsWith('504b0304') || hex.startsWith('504b0506')) return 'zip';
  if (isTarHeader(head)) return 'tar';
  const other = UNSUPPORTED_BYTES.find(([magic]) => hex.startsWith(magic));
  if (other !== undefined) throw unsupported(`${what} is ${other[1]}`);
  return undefined;
}

/** By the sum that every header carries, so that old archives without `ustar` count; two empty blocks end an empty one. */
export function isTarHeader(head: Buffer): boolean {
  if (head.length < 512) return false;
  const block = head.subarray(0, 512);
  const stored = /^[\0 ]*([0-7]+)[\0 ]*$/.exec(block.toString('latin1', 148, 156));
  if (stored === null) return block.every((byte) => byte === 0);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === Number.parseInt(stored[1] ?? '', 8);
}

function unsupported(what: string): FetcherError {
  return new FetcherError('FETCHER_KIND_UNSUPPORTED', `${what}; that is not unpacked here`, {
    hint: 'what can be fetched is the program itself, .gz, .zst, .tar, .tar.gz, .tgz, .tar.zst, .tzst and .zip; unpack anything else by hand and put the binary in place',
  });
}
