import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes an executable shell script, its directories too; what was there is replaced by rename, as it may be running. */
export async function writeScript(path: string, body: string, mode = 0o755): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const lines = body.split('\n').map((line) => line.trim());
  await writeFile(`${path}.new`, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
  return path;
}

/** The lines of a file; none where it is not there. */
export async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
