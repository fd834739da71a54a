import { existsSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import {
  clearUnfinished,
  createBackup,
  listBackups,
  pruneBackups,
  recoverRestore,
  verifyBackup,
} from '../src/index.ts';
import type { CreateOptions } from '../src/index.ts';
import { makeHome, put as putAt, state, treeOf } from './home.ts';
import { CALLS, run, runUntil, whyNoStrace } from './killed.ts';
import type { End } from './killed.ts';
import { manifestOf } from './leveldb.ts';

// Much of it is waiting for a disk that others use too.
vi.setConfig({ testTimeout: 600_000 });

const refused = whyNoStrace();
const title = (text: string): string => (refused === undefined ? text : `${text} (skipped: ${refused})`);
const STATE = 'priv_validator_state.json';

function makeFilled(files: number) {
  const home = makeHome();
  home.put('a.db/CURRENT', 'MANIFEST-000007\n');
  home.put('a.db/MANIFEST-000007', manifestOf([[3, 10]]));
  home.put('a.db/000003.ldb', Buffer.alloc(10));
  home.put(STATE, state(10));
  symlinkSync('a.db', join(home.data, 'link'));
  for (let i = 0; i < files; i++) home.put(`cs.wal/${i}`, Buffer.alloc(5000, `${i}`));
  const wasm = join(home.home, 'wasm');
  putAt(join(wasm, 'blob'), 'old');
  const outside = [{ name: 'wasm', path: wasm }];
  const asked: CreateOptions = {
    data: home.data,
    parent: home.home,
    name: 'b',
    strategy: 'link',
    stopped: true,
    outside,
  };
  return { ...home, wasm, outside, asked };
}

type Filled = ReturnType<typeof makeFilled>;

/** After whatever became of a creation: it is whole or not there, and the next one clears up. */
async function expectWholeOrNothing({ home, data, asked }: Filled, end: End): Promise<void> {
  const [listed, ...more] = await listBackups(home);
  expect(more).toEqual([]);
  if (end === 'done') expect(listed?.kind).toBe('ours');
  if (listed !== undefined) {
    expect(await verifyBackup(listed.path)).toMatchObject({ ok: true, extra: [] });
    expect(treeOf(listed.path)).toEqual(treeOf(data));
  }
  expect(readdirSync(home).filter((name) => !/^(?:data|wasm|b|\.b\.unfinished-.*)$/.test(name))).toEqual([]);
  const next = await createBackup(asked);
  expect(next.name).toBe(listed === undefined ? 'b' : 'b-2');
  expect(readdirSync(home).filter((name) => name.startsWith('.'))).toEqual([]);
  for (const { path } of await listBackups(home)) rmSync(path, { recursive: true });
}

it('a creation that is killed at any time leaves nothing that could be taken for a backup', async () => {
  const filled = makeFilled(150);
  const began = performance.now();
  expect(await run('create', filled.asked)).toBe('done');
  const lasts = performance.now() - began;
  await expectWholeOrNothing(filled, 'done');
  for (let round = 0; round < 25; round++) {
    // Random on purpose: the moment of the kill is what is being tried.
    const end = await run('create', filled.asked, () => delay(Math.random() * lasts));
    await expectWholeOrNothing(filled, end);
  }
});

/** Kills it at each call of each kind until it comes through, and says at how many. */
async function atEachCall(what: string, options: unknown, after: (end: End) => Promise<void>): Promise<number> {
  let kills = 0;
  for (const [call, step] of Object.entries(CALLS)) {
    for (let nth = 1; ; nth += step) {
      const end = await runUntil(what, options, call, nth);
      await after(end);
      if (end === 'done') break;
      kills += 1;
    }
  }
  return kills;
}

it.skipIf(refused !== undefined)(
  title('a creation that is killed at each call that changes the disk leaves a whole backup or none'),
  async () => {
    const filled = makeFilled(2);
    const asked = { ...filled.asked, concurrency: 1 };
    const kills = await atEachCall('create', asked, (end) => expectWholeOrNothing(filled, end));
    expect(kills).toBeGreaterThan(15);
  },
);

/** A home whose data has gone on since its backup, which is what `restore` brings back. */
async function makeRestorable(files: number) {
  const filled = makeFilled(files);
  const { home, data, wasm, put, asked, outside } = filled;
  const backup = (await createBackup({ ...asked, strategy: 'copy' })).path;
  put('cs.wal/0', 'new');
  put('a.db/000009.ldb', 'new');
  put(STATE, state(20));
  putAt(join(wasm, 'blob'), 'new');
  const note = join(home, 'finished');
  const restore = { backup, data, aside: 'old', strategy: 'link', outside, note };
  const without = (tree: string[]): string[] =>
    tree.filter((line) => !line.startsWith(`/${STATE} `) && !line.startsWith(' '));
  const oldTrees = [treeOf(data), treeOf(wasm)];
  const newTrees = [without(treeOf(backup)), treeOf(join(backup, '.chainvisor-backup/outside/wasm'))];

  /** After whatever became of a restore: all old or all new, and the state is kept. Then the old one is put back. */
  const settle = async (end: End): Promise<'old' | 'new'> => {
    const finish = (told: unknown): Promise<void> => writeFile(note, JSON.stringify(told));
    const recovered = await recoverRestore(data, { finish });
    if (end === 'done') expect(recovered).toBe('nothing');
    const is = readFileSync(join(wasm, 'blob'), 'utf8') === 'old' ? 'new' : 'old';
    if (recovered !== 'nothing') expect(is).toBe(recovered);
    // What belongs to the restore is done with the new data, and not with the old.
    if (is === 'old') expect(existsSync(note)).toBe(false);
    else expect(readFileSync(note, 'utf8')).toBe(JSON.stringify(note));
    rmSync(note, { force: true });
    expect(readFileSync(join(data, STATE), 'utf8')).toBe(state(20));
    if (is === 'old') expect([treeOf(data), treeOf(wasm)]).toEqual(oldTrees);
    else {
      expect([without(treeOf(data)), treeOf(wasm)]).toEqual(newTrees);
      expect([treeOf(join(home, 'old')), treeOf(join(home, 'old-wasm'))]).toEqual(oldTrees);
      for (const name of ['data', 'wasm']) rmSync(join(home, name), { recursive: true });
      renameSync(join(home, 'old'), data);
      renameSync(join(home, 'old-wasm'), wasm);
    }
    // What was outside and not begun with is cleared by the next restore, which knows of it.
    expect(readdirSync(home).filter((name) => !/^(?:b|data|wasm|\.wasm\.restoring-.*)$/.test(name))).toEqual([]);
    return is;
  };
  return { home, restore, settle };
}

it('a restore that is killed at any time ends in the old data or the new', async () => {
  const { restore, settle } = await makeRestorable(100);
  const began = performance.now();
  expect(await run('restore', restore)).toBe('done');
  const lasts = performance.now() - began;
  expect(await settle('done')).toBe('new');
  for (let round = 0; round < 25; round++) {
    // Random on purpose: the moment of the kill is what is being tried.
    await settle(await run('restore', restore, () => delay(Math.random() * lasts)));
  }
});

it.skipIf(refused !== undefined)(
  title('a restore that is killed at each call that changes the disk ends in the old data or the new'),
  async () => {
    const { home, restore, settle } = await makeRestorable(1);
    const seen = new Set<string>();
    const kills = await atEachCall('restore', { ...restore, concurrency: 1 }, async (end) => {
      seen.add(`${end} ${await settle(end)}`);
    });
    expect(kills).toBeGreaterThan(30);
    expect([...seen].sort()).toEqual(['done new', 'killed new', 'killed old']);
    expect(await run('restore', restore)).toBe('done');
    expect(readdirSync(home).filter((name) => name.startsWith('.'))).toEqual([]);
  },
);

it.skipIf(refused !== undefined)(
  title('a pruning that is killed leaves whole backups, and hidden what it was removing'),
  async () => {
    const { home, asked } = makeFilled(3);
    const refill = async (): Promise<void> => {
      while ((await listBackups(home)).length < 3) await createBackup(asked);
    };
    for (const call of ['rename', 'fsync', 'unlink', 'rmdir']) {
      for (let nth = 1; ; nth += 1) {
        await refill();
        const end = await runUntil('prune', { parent: home, keep: 1 }, call, nth);
        const left = await listBackups(home);
        for (const { path } of left) expect((await verifyBackup(path)).ok).toBe(true);
        await clearUnfinished(home);
        expect(readdirSync(home).filter((name) => name.startsWith('.'))).toEqual([]);
        if (end === 'killed') continue;
        expect(left).toHaveLength(1);
        break;
      }
    }
    await refill();
    expect((await pruneBackups(home, { keep: 1 })).removed).toHaveLength(2);
  },
);
