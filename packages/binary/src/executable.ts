import { constants } from 'node:fs';
import { access, lstat, open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { readBytes } from './bytes.js';
import { judgeElf } from './elf.js';
import { errno } from './errno.js';

/** Whether a file would start here, and what it is; if not, why. `detail` is for people. */
export type Runnable =
  | { readonly ok: true; readonly path: string; readonly realPath: string; readonly format: 'elf' | 'script' }
  | { readonly ok: false; readonly path: string; readonly reason: NotRunnable; readonly detail: string };

/** - `other-platform`: a program, but for another architecture or system
 *  - `not-a-program`: text without `#!`, an archive, an empty or truncated file
 *  - `no-interpreter`: what `#!`, or the dynamic loader that the ELF file, names is missing or not executable */
export type NotRunnable =
  | 'missing'
  | 'broken-link'
  | 'not-a-file'
  | 'not-executable'
  | 'other-platform'
  | 'not-a-program'
  | 'no-interpreter'
  | 'unreadable';

type Refusal = readonly [reason: NotRunnable, detail: string];
type Verdict = { readonly format: 'elf' | 'script' } | Refusal;

/** What the kernel reads of a file to find out how to start it: its BINPRM_BUF_SIZE. */
const KERNEL_READS = 256;

/** Other things that end up where a binary should be, told apart for the message. */
const OTHER_FORMATS: readonly (readonly [magic: string, reason: NotRunnable, detail: string])[] = [
  ['1f8b', 'not-a-program', 'a gzip archive: unpack it'],
  ['504b0304', 'not-a-program', 'a zip archive: unpack it'],
  ['fd377a58', 'not-a-program', 'an xz archive: unpack it'],
  ['28b52ffd', 'not-a-program', 'a zstd archive: unpack it'],
  ['cffaedfe', 'other-platform', 'a macOS program'],
  ['cafebabe', 'other-platform', 'a macOS program'],
  ['4d5a', 'other-platform', 'a Windows program'],
];

/**
 * Whether this user can start the file on this machine: a regular file (links followed) with the execute bit, that is
 * ELF of this architecture and complete as far as its headers tell, or begins with `#!` and an existing interpreter.
 * Reads a few hundred bytes and never runs anything. Never rejects for what it finds on disk.
 */
export async function checkExecutable(path: string): Promise<Runnable> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return refuse(path, 'not-a-file', found.isDirectory() ? 'a directory' : 'a special file');
    // Root passes access(2) where any execute bit is set, and needs one as well to execute.
    if ((found.mode & 0o111) === 0) return refuse(path, 'not-executable', `mode ${octal(found.mode)}: run chmod +x`);
  } catch (error) {
    return refuse(path, ...(await whyNotFound(path, error)));
  }
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    const detail = `this user may not execute it, or it lies on a file system mounted noexec (${errno(error) ?? String(error)})`;
    return refuse(path, 'not-executable', detail);
  }
  try {
    const verdict = await inspect(path);
    if (!('format' in verdict)) return refuse(path, ...verdict);
    return { ok: true, path, realPath: await realpath(path), format: verdict.format };
  } catch (error) {
    return refuse(path, 'unreadable', error instanceof Error ? error.message : String(error));
  }
}

function refuse(path: string, reason: NotRunnable, detail: string): Runnable {
  return { ok: false, path, reason, detail };
}

const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`;

async function whyNotFound(path: string, error: unknown): Promise<Refusal> {
  const code = errno(error) ?? String(error);
  if (code === 'ELOOP') return ['broken-link', 'a link that leads back to itself'];
  if (code === 'ENOTDIR') return ['missing', 'part of the path is no directory'];
  if (code === 'ENAMETOOLONG') return ['missing', 'the path is too long to exist'];
  if (code !== 'ENOENT') return ['unreadable', error instanceof Error ? error.message : code];
  const link = await lstat(path).catch(() => undefined);
  return link === undefined ? ['missing', 'no such file'] : ['broken-link', 'a link to what does not exist'];
}

async function inspect(path: string): Promise<Verdict> {
  // Not to hang on a FIFO that took the file's place since it was looked at.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(KERNEL_READS), 0, KERNEL_READS, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.length === 0) return ['not-a-program', 'an empty file'];
    if (head.toString('hex', 0, 4) === '7f454c46') return await inspectElf(file, head);
    if (head.toString('latin1', 0, 2) === '#!') return await inspectScript(head);
    const other = OTHER_FORMATS.find(([magic]) => head.toString('hex').startsWith(magic));
    return other === undefined
      ? ['not-a-program', 'neither ELF nor a script that begins with #!']
      : [other[1], other[2]];
  } finally {
    await file.close();
  }
}

async function inspectElf(file: FileHandle, head: Buffer): Promise<Verdict> {
  const { problem, detail, interpreter } = await judgeElf(readBytes(file, (await file.stat()).size), head);
  if (problem !== undefined) return [problem, detail];
  // Built against another C library: the kernel reports the program itself as "not found" then.
  if (interpreter !== undefined && isAbsolute(interpreter) && !(await isExecutableFile(interpreter))) {
    return ['no-interpreter', `dynamic loader ${interpreter} does not exist here (built for another C library?)`];
  }
  return { format: 'elf' };
}

async function inspectScript(head: Buffer): Promise<Verdict> {
  const line = /^#![ \t]*([^ \t\n]*)([ \t\n])?/.exec(head.toString('utf8'));
  const interpreter = line?.[1] ?? '';
  if (interpreter === '') return ['no-interpreter', '#! without an interpreter'];
  if (line?.[2] === undefined && head.length === KERNEL_READS) {
    return ['no-interpreter', `#! line longer than the ${KERNEL_READS} bytes that the kernel reads`];
  }
  if (interpreter.endsWith('\r')) {
    return [
      'no-interpreter',
      `interpreter ${JSON.stringify(interpreter)} does not exist: the script has Windows line ends`,
    ];
  }
  if (!isAbsolute(interpreter))
    return ['no-interpreter', `interpreter ${JSON.stringify(interpreter)} is not an absolute path`];
  if (!(await isExecutableFile(interpreter))) {
    return ['no-interpreter', `interpreter ${JSON.stringify(interpreter)} is missing or not executable`];
  }
  return { format: 'script' };
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    await access(path, constants.X_OK);
    return found.isFile() && (found.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
