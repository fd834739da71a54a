import type { Layout } from '@chainvisor/layout';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliError } from '../errors.js';
import { isDirectory } from '../is-directory.js';
import type { RunSettings } from '../settings.js';
import { backupsDir } from './made-for.js';

/**
 * The directory of a backup that the command line names: a name where the backups of this home are, or a path. Throws CliError
 * `usage` for no name, `disk` where nothing is there.
 */
export async function findBackup(layout: Layout, settings: RunSettings, word: string): Promise<string> {
  // A shell that completes the name of a directory puts a slash behind it.
  const name = word.replace(/(?<=[^/])\/+$/, '');
  const parent = backupsDir(settings, layout);
  if (['', '.', '..'].includes(name) || name.includes('\0')) {
    throw new CliError('usage', `${JSON.stringify(word)} names no backup`, { hint: await backupsThere(parent) });
  }
  const path = name.includes('/') ? resolve(name) : join(parent, name);
  if (isDirectory(path)) return path;
  throw new CliError('disk', `there is no backup ${JSON.stringify(path)}`, { hint: await backupsThere(parent) });
}

async function backupsThere(parent: string): Promise<string> {
  const { listBackups } = await import('@chainvisor/backup');
  const names = (await listBackups(parent).catch(() => [])).map(({ name }) => name);
  return names.length === 0
    ? `name the backup by its path: there is none in ${parent}`
    : `name one of ${names.join(', ')} in ${parent}, or any other by its path`;
}

/** Whether something that says nothing about itself holds what a node's data directory does. */
export async function looksLikeData(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => []);
  return names.some((name) => name.endsWith('.db') || name === 'priv_validator_state.json');
}
