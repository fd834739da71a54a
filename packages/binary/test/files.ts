import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory that is removed when the test ends. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'binary-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function put(path: string, content: string | Uint8Array, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** This very program, an ELF file of this machine. */
export const elf = readFileSync('/proc/self/exe').subarray(0, 1 << 16);

export const isRoot = process.getuid?.() === 0;
