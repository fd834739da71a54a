/**
 * A path below some root, as the bytes that the disk has: one character a byte (latin1), parts joined by `/`; the empty
 * one is the root itself. A file name need not be UTF-8, and one that is not would be lost in an ordinary string.
 */
export type BytePath = string;

const SLASH = Buffer.from('/');

/** The path for a system call. */
export function at(root: string, path: BytePath): Buffer {
  return path === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(root), SLASH, Buffer.from(path, 'latin1')]);
}

export const fromName = (name: Buffer): BytePath => name.toString('latin1');
const fromText = (text: string): BytePath => Buffer.from(text).toString('latin1');
export const joined = (directory: BytePath, name: BytePath): BytePath =>
  directory === '' ? name : `${directory}/${name}`;

/** The directory of a path; the root is its own. */
export const directoryOf = (path: BytePath): BytePath => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const nameOf = (path: BytePath): BytePath => path.slice(path.lastIndexOf('/') + 1);

/** For messages; what is not UTF-8 is shown as �. */
export const shown = (path: BytePath): string => (path === '' ? '.' : Buffer.from(path, 'latin1').toString('utf8'));

/** The whole path, for messages. */
export const shownAt = (root: string, path: BytePath): string => shown(fromName(at(root, path)));

/** For JSON: text where the bytes are UTF-8, else base64. */
export function toJson(path: BytePath): string | { base64: string } {
  const bytes = Buffer.from(path, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

/** What `toJson` made; undefined for anything else. */
export function fromJson(value: unknown): BytePath | undefined {
  if (typeof value === 'string') return fromText(value);
  if (typeof value !== 'object' || value === null || !('base64' in value)) return undefined;
  return typeof value.base64 === 'string' ? Buffer.from(value.base64, 'base64').toString('latin1') : undefined;
}
