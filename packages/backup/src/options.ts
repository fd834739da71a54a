import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { BackupError, readFailed, reasonOf } from './errors.js';

/** Room for what hidden names add, in 255 bytes. */
const LONGEST = 150;

const optionInvalid = (message: string, hint?: string): BackupError =>
  new BackupError('BACKUP_OPTION_INVALID', message, hint === undefined ? {} : { hint });

/** Throws BackupError `BACKUP_OPTION_INVALID` for what is no plain, visible file name. */
export function expectName(what: string, name: string): void {
  if (name !== '' && !name.startsWith('.') && !/[/\0]/.test(name) && Buffer.byteLength(name) <= LONGEST) return;
  throw optionInvalid(`${what} ${JSON.stringify(name)} is no name for a directory`);
}

/** Throws BackupError `BACKUP_OPTION_INVALID`. */
export function expectAbsolute(what: string, path: string): void {
  if (!isAbsolute(path)) throw optionInvalid(`${what} ${JSON.stringify(path)} is no absolute path`);
}

export const DEFAULT_CONCURRENCY = 4;

/** Throws BackupError `BACKUP_OPTION_INVALID`. */
export function expectConcurrency(concurrency: number): void {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= 1024) return;
  throw optionInvalid(`a concurrency of ${concurrency} makes no sense: it is a number of files, 1 to 1024`);
}

/** Throws BackupError `BACKUP_OPTION_INVALID` for what the manifest could not keep. */
export function expectJson(about: unknown): void {
  try {
    JSON.stringify(about);
  } catch (error) {
    throw optionInvalid(`what the backup is about is no JSON: ${reasonOf(error)}`);
  }
}

/** Where a directory really is, links followed. Throws BackupError: `BACKUP_DATA_INVALID`, `BACKUP_OPTION_INVALID`. */
export async function realDirectory(what: string, path: string): Promise<string> {
  expectAbsolute(what, path);
  let real: string;
  try {
    real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw new BackupError('BACKUP_DATA_INVALID', readFailed(`cannot use ${what} ${path}`, error).message, {
      cause: error,
      hint: `${what} must be a directory that exists; where it is a link, what it leads to`,
    });
  }
  throw new BackupError('BACKUP_DATA_INVALID', `${what} ${path} is no directory`);
}

/** Throws BackupError `BACKUP_OPTION_INVALID` where the directory to write to lies in one that is copied. */
export function expectApart(target: string, source: string): void {
  if (target !== source && !target.startsWith(source === '/' ? '/' : `${source}/`)) return;
  throw optionInvalid(`${target} lies in ${source}, which is to be copied`, 'name a directory outside of it');
}
