import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LayoutError, binaryIn, createLayout } from '../src/index.ts';
import type { Layout } from '../src/index.ts';

/** A directory that is removed when the test ends. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'layout-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A home with `genesis` and the given upgrades staged. */
export function makeHome(...upgrades: string[]): Layout {
  const layout = createLayout({ home: temporary(), daemon: 'palomad', recase: true });
  for (const dir of [layout.genesis, ...upgrades.map((name) => join(layout.upgrades, name))]) stage(layout, dir);
  return layout;
}

export function stage(layout: Layout, dir: string): string {
  put(binaryIn(layout, dir), '#!/bin/sh\nexit 0\n', 0o755);
  return dir;
}

export function put(path: string, content: string | Uint8Array, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** This very program, an ELF file of this machine. */
export const elf = readFileSync('/proc/self/exe').subarray(0, 1 << 16);

export async function refusal(act: () => unknown): Promise<LayoutError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof LayoutError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export const isRoot = process.getuid?.() === 0;
