import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

let count = 0;

/** Replaces a file by a new one, never seen half-written. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  count += 1;
  const temporary = `${path}-${process.pid}-${count}`;
  const fd = openSync(temporary, 'wx', mode);
  writeSync(fd, text);
  closeSync(fd);
  renameSync(temporary, path);
}

/** Undefined where there is no such file. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
