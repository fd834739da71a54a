import { isTarHeader } from '../kind.js';
import { quoted } from './refuse.js';

/** How a file begins: `elf` and `script` can be the binary, anything else is described for a message. */
export type Content = { readonly runs: 'elf' | 'script' } | { readonly runs: undefined; readonly what: string };

/** How many bytes tell: a tar header is the longest beginning that means something. */
export const HEAD_BYTES = 512;

const OTHERS: readonly (readonly [magic: string, what: string])[] = [
  ['cffaedfe', 'a macOS program'],
  ['cefaedfe', 'a macOS program'],
  ['cafebabe', 'a macOS program'],
  ['4d5a', 'a Windows program'],
  ['1f8b', 'compressed (gzip)'],
  ['28b52ffd', 'compressed (zstd)'],
  ['fd377a585a00', 'compressed (xz)'],
  ['504b0304', 'a zip archive'],
];

/** Wrappers around a node are scripts, so `#!` counts as well as ELF does. */
export function contentOf(head: Buffer): Content {
  const hex = head.toString('hex', 0, 8);
  if (hex.startsWith('7f454c46')) return { runs: 'elf' };
  if (hex.startsWith('2321')) return { runs: 'script' };
  if (head.length === 0) return { runs: undefined, what: 'empty' };
  const other = OTHERS.find(([magic]) => hex.startsWith(magic));
  if (other !== undefined) return { runs: undefined, what: other[1] };
  if (isTarHeader(head)) return { runs: undefined, what: 'a tar archive' };
  return {
    runs: undefined,
    what: isText(head) ? `a text: ${quoted(firstLine(head))}` : 'no program that is known here',
  };
}

function isText(head: Buffer): boolean {
  return !head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
}

function firstLine(head: Buffer): string {
  return (
    head
      .toString('utf8')
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? ''
  ).slice(0, 60);
}

/** Whether a file is a shared library by its name. */
export function isLibraryName(name: string): boolean {
  return /\.so(?:\.\d+)*$/.test(name);
}
