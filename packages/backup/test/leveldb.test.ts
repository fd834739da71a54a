import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { expect, it, vi } from 'vitest';
import { restoreBackup, verifyBackup } from '../src/index.ts';
import { inodeOf, makeHome, state, treeOf } from './home.ts';

// Much of it is waiting for a disk that others use too.
vi.setConfig({ testTimeout: 600_000 });

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));

/** Drives a database in a process of its own, until it has written that many batches; then SIGKILL. */
async function drive(path: string, seed: number, batches: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, path, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  for await (const chunk of child.stdout)
    if (
      String(chunk)
        .split('\n')
        .some((line) => Number(line) >= batches)
    )
      break;
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
}

async function contentOf(path: string): Promise<[string, string][]> {
  const db = new ClassicLevel(path, { createIfMissing: false });
  await db.open();
  const content = await db.iterator().all();
  await db.close();
  return content;
}

it('a linked backup of a LevelDB reads back byte for byte, however hard the database is driven afterwards', async () => {
  const { home, data, put, create } = makeHome();
  put('priv_validator_state.json', state(10));
  const live = join(data, 'application.db');
  mkdirSync(live);
  let linked = 0;
  for (let round = 1; round <= 6; round++) {
    // Killed while it writes and compacts: a table that no MANIFEST records may well be left.
    await drive(live, round, 40 + round * 7);
    const before = treeOf(data);
    const backup = await create({ strategy: 'link', name: `b${round}` });
    linked += backup.linked.files;
    expect(treeOf(backup.path)).toEqual(before);
    expect((await verifyBackup(backup.path)).ok).toBe(true);

    const reference = await create({ strategy: 'copy', name: `c${round}` });
    await drive(live, round + 100, 60);
    await contentOf(live);
    await drive(live, round + 200, 30);
    expect(treeOf(backup.path)).toEqual(before);
    expect(await verifyBackup(backup.path)).toMatchObject({
      ok: true,
      changed: [],
      missing: [],
      extra: [],
      recorded: 0,
    });

    const restored = await restoreBackup({ backup: backup.path, data, aside: `old${round}`, strategy: 'link' });
    expect(restored.linked.files).toBe(backup.linked.files);
    expect(await contentOf(live)).toEqual(await contentOf(join(reference.path, 'application.db')));
    expect(treeOf(backup.path)).toEqual(before);
    expect((await verifyBackup(backup.path)).ok).toBe(true);
  }
  expect(linked).toBeGreaterThan(20);
  expect(readdirSync(home)).toHaveLength(1 + 3 * 6);
});

it('links nearly all of a database that was closed in order', async () => {
  const { data, create } = makeHome();
  const path = join(data, 'state.db');
  const db = new ClassicLevel(path, { compression: false });
  await db.open();
  for (let i = 0; i < 30; i++)
    await db.batch(Array.from({ length: 1000 }, (_, n) => ({ type: 'put', key: `${i}/${n}`, value: 'v'.repeat(300) })));
  await db.compactRange('0', '9');
  await db.close();
  const backup = await create({ strategy: 'link' });
  const tables = readdirSync(path).filter((name) => name.endsWith('.ldb'));
  expect(tables.length).toBeGreaterThan(2);
  for (const name of tables) expect(inodeOf(join(backup.path, 'state.db', name)), name).toBe(inodeOf(join(path, name)));
  expect(statSync(join(backup.path, 'state.db/CURRENT')).nlink).toBe(1);
});
