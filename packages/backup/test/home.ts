import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { BackupError, createBackup } from '../src/index.ts';
import type { Backup, CreateOptions } from '../src/index.ts';
import { removeTree } from '../src/remove.ts';

/** A directory that is removed when the test ends. */
export function temporary(under: string = tmpdir()): string {
  const directory = realpathSync(mkdtempSync(join(under, 'backup-')));
  onTestFinished(() => removeTree(directory));
  return directory;
}

export interface TestHome {
  readonly home: string;
  readonly data: string;
  /** A file below `data`. */
  readonly put: (path: string, content?: string | Uint8Array, options?: { mode?: number; age?: number }) => string;
  readonly create: (options?: Partial<CreateOptions>) => Promise<Backup>;
}

/** A home with an empty data directory; its files are `age` seconds old. */
export function makeHome(under?: string): TestHome {
  const home = temporary(under);
  const data = join(home, 'data');
  mkdirSync(data);
  return {
    home,
    data,
    put: (path, content = path, { mode = 0o644, age = 7200 } = {}) => put(join(data, path), content, mode, age),
    create: (options) => createBackup({ data, parent: home, name: 'b', strategy: 'copy', stopped: true, ...options }),
  };
}

export function put(path: string, content: string | Uint8Array, mode = 0o644, age = 7200): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  const time = Date.now() / 1000 - age;
  utimesSync(path, time, time);
  return path;
}

/** All below a directory but `leaveOut`, as one line each: what a copy must have in common with it. */
export function treeOf(root: string, leaveOut = '.chainvisor-backup'): string[] {
  const lines: string[] = [];
  const look = (path: Buffer): void => {
    const stats = lstatSync(path);
    const name = path.subarray(Buffer.byteLength(root)).toString('latin1');
    const time = stats.mtimeMs.toFixed(2);
    const common = `${name} ${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid} ${time}`;
    if (stats.isSymbolicLink()) lines.push(`${common} -> ${readlinkSync(path, 'latin1')}`);
    else if (stats.isFile()) lines.push(`${common} ${stats.size} ${sha256(readFileSync(path))}`);
    else if (stats.isDirectory()) {
      lines.push(`${common} /`);
      for (const entry of readdirSync(path, { encoding: 'buffer' })) {
        if (entry.toString() !== leaveOut || name !== '') look(Buffer.concat([path, Buffer.from('/'), entry]));
      }
    } else lines.push(`${common} special`);
  };
  look(Buffer.from(root));
  return lines.sort();
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const inodeOf = (path: string): number => lstatSync(path).ino;

export async function refusal(act: () => unknown): Promise<BackupError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export const isRoot = process.getuid?.() === 0;

/** What is in the home besides `data`, hidden names too. */
export const besides = (home: string): string[] =>
  readdirSync(home)
    .filter((name) => name !== 'data')
    .sort();

export const state = (height: number | string, round = 0, step = 3): string =>
  JSON.stringify({ height: String(height), round, step, signature: 'c2ln', signbytes: 'AB' }, undefined, 2);
