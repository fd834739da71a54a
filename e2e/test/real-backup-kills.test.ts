import { watch } from 'node:fs';
import { copyFile, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { createBackup, verifyBackup } from '@chainvisor/backup';
import { waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import { type Content, contentsOf, expectGoesOn, putData, sharedWith } from '../src/real/backups.ts';
import { startBareNode } from '../src/real/bare-node.ts';
import type { RealHome } from '../src/real/home.ts';
import { describeRealNodes, type RealSuite } from '../src/real/suite.ts';

interface Made {
  readonly path: string;
  readonly contents: ReadonlyMap<string, Content>;
}

const isTable = (name: string): boolean => name.endsWith('.ldb');

/** Starts the node and kills it as soon as what is waited for is there. */
async function killAfter({ binaries }: RealSuite, home: RealHome, waited: () => Promise<unknown>): Promise<void> {
  const begun = waited();
  const node = await startBareNode(home, binaries().v1);
  await begun;
  process.kill(node.pid, 'SIGKILL');
  expect(await node.ended).toEqual({ code: null, signal: 'SIGKILL' });
}

/** Ten blocks, which are in the journals then, so that the next start makes a table of each. */
async function tenBlocks(home: RealHome): Promise<void> {
  const { height } = await waitFor('the node to answer', () => home.status());
  await home.waitForHeight(height + 10);
}

/** The first moments of this many tables; a table is on record in the MANIFEST only once it is written and synced. */
async function tablesBegun({ path }: RealHome, count: number): Promise<void> {
  const databases = ['application.db', 'blockstore.db', 'state.db'];
  const seen = new Set<string>();
  const watches = databases.map((database) =>
    watch(join(path, 'data', database), (_, name) => {
      if (name !== null && isTable(name)) seen.add(`${database}/${name}`);
    }),
  );
  try {
    await waitFor(`${count} tables`, () => seen.size >= count, { every: 1 });
  } finally {
    for (const each of watches) each.close();
  }
}

/** Puts a torn table where goleveldb will write its next one: what a kill at the right moment leaves. */
async function leaveOrphan(data: string, contents: ReadonlyMap<string, Content>): Promise<string> {
  const inDatabase = [...contents.keys()].filter((name) => name.startsWith('application.db/'));
  const table = inDatabase.find(isTable) ?? '';
  const numbers = inDatabase.map((name) => Number(/\d{6}/u.exec(name)?.[0] ?? 0));
  const orphan = `application.db/${String(Math.max(...numbers) + 1).padStart(6, '0')}.ldb`;
  await copyFile(join(data, table), join(data, orphan));
  await truncate(join(data, orphan), 1000);
  return orphan;
}

describeRealNodes('a node that is killed while goleveldb writes tables', (suite) => {
  it('may leave tables that are written anew later: these are copied, and each backup stays as it is', async () => {
    const home = await suite.home({ blockTime: '1ms' });
    const data = join(home.path, 'data');
    const parent = join(home.path, 'backups');
    await mkdir(parent);
    const backups: Made[] = [];
    const backUp = async (): Promise<Made> => {
      const options = { data, parent, name: `backup-${backups.length}`, strategy: 'link', stopped: true } as const;
      const { path } = await createBackup(options);
      const made = { path, contents: await contentsOf(path) };
      backups.push(made);
      return made;
    };

    await killAfter(suite, home, () => tenBlocks(home));
    for (const count of [1, 3, 2]) {
      await killAfter(suite, home, () => tenBlocks(home));
      await backUp();
      await killAfter(suite, home, () => tablesBegun(home, count));
      await backUp();
    }

    await killAfter(suite, home, () => tenBlocks(home));
    const orphan = await leaveOrphan(data, await contentsOf(data));
    const left = (await contentsOf(data)).get(orphan);
    const made = await backUp();
    const shared = await sharedWith(data, made.contents);
    expect(shared.length).toBeGreaterThan(0);
    expect(shared).not.toContain(orphan);
    await killAfter(suite, home, () => tenBlocks(home));
    const rewritten = (await contentsOf(data)).get(orphan);
    expect(rewritten?.inode).toBe(left?.inode);
    expect(rewritten?.sha256).not.toBe(left?.sha256);

    for (const { path, contents } of backups) {
      expect(await contentsOf(path)).toEqual(contents);
      expect(await verifyBackup(path)).toMatchObject({ ok: true, missing: [], changed: [] });
    }
    for (const { path } of backups.slice(-2)) {
      const other = await suite.home({ blockTime: '1ms' });
      await putData(other, path);
      await expectGoesOn(other, suite.binaries().v1);
    }
  });
});
