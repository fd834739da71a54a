import { createHash } from 'node:crypto';
import { cp, lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { waitFor } from '@chainvisor/testkit';
import { expect } from 'vitest';

import { startBareNode } from './bare-node.ts';
import type { TestchainBinaries } from './build.ts';
import type { RealHome } from './home.ts';

/** A file of a directory: what it holds, and which inode it is. */
export interface Content {
  readonly sha256: string;
  readonly mode: number;
  readonly inode: number;
}

/** Every file below a directory. Our own records are left out: the first verify adds hashes to them. */
export async function contentsOf(directory: string): Promise<ReadonlyMap<string, Content>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const contents = new Map<string, Content>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length + 1);
    if (!entry.isFile() || name.startsWith('.chainvisor-backup/')) continue;
    const { mode, ino } = await lstat(path);
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    contents.set(name, { sha256, mode, inode: ino });
  }
  return contents;
}

/** The files that a backup shares with the data it was made of. */
export async function sharedWith(data: string, backup: ReadonlyMap<string, Content>): Promise<string[]> {
  const now = await contentsOf(data);
  return [...backup].filter(([name, { inode }]) => now.get(name)?.inode === inode).map(([name]) => name);
}

/** Gives a fresh home of the same chain a copy of this data; every home of a chain has the same validator's key. */
export async function putData(home: RealHome, from: string): Promise<void> {
  const data = join(home.path, 'data');
  await rm(data, { recursive: true });
  await cp(from, data, { recursive: true, preserveTimestamps: true });
}

/** Starts the old binary on data that has halted at this height: it replays the block, and ends again. */
export async function expectHaltsAgain(home: RealHome, binaries: TestchainBinaries, height: number): Promise<void> {
  const old = await startBareNode(home, binaries.v1);
  expect(await old.ended).toEqual({ code: 1, signal: null });
  expect(await old.log()).toContain(
    `error during handshake: error on replay: UPGRADE "v2" NEEDED at height: ${height}`,
  );
  expect(await home.upgradeInfo()).toBe(`{"name":"v2","time":"0001-01-01T00:00:00Z","height":${height}}`);
}

/** As `expectHaltsAgain`, and then the new binary carries the upgrade out and makes blocks of its own. */
export async function expectUpgradesAgain(home: RealHome, binaries: TestchainBinaries, height: number): Promise<void> {
  await expectHaltsAgain(home, binaries, height);
  const log = await expectGoesOn(home, binaries.v2);
  expect(log).toContain(`applying upgrade "v2" at height: ${height}`);
}

/** Starts a node, which commits what it has stored and three more blocks, and stops it. Resolves to what it said. */
export async function expectGoesOn(home: RealHome, binary: string): Promise<string> {
  const node = await startBareNode(home, binary);
  const { height } = await waitFor('the node to answer', () => home.status());
  await home.waitForHeight(height + 3);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
  return node.log();
}
