import {
  accessSync,
  chmodSync,
  constants,
  statfsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { restoreBackup, verifyBackup } from '../src/index.ts';
import { fromJson, toJson } from '../src/bytes.ts';
import { besides, isRoot, makeHome, state, treeOf } from './home.ts';

// Much of it is waiting for a disk that others use too.
vi.setConfig({ testTimeout: 600_000 });

type Node = { file: Uint8Array; mode: number } | { link: string } | { in: [Uint8Array, Node][]; mode: number };

/** A name of any bytes but `/` and NUL. */
const names = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => bytes.map((byte) => ([0, 0x2f].includes(byte) ? 0x5f : byte)))
  .filter(
    (bytes) => !['.', '..', '.chainvisor-backup', 'priv_validator_state.json'].includes(Buffer.from(bytes).toString()),
  );

const { tree } = fc.letrec<{ node: Node; tree: Node & { in: [Uint8Array, Node][] } }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    {
      weight: 4,
      arbitrary: fc.record({
        file: fc.uint8Array({ maxLength: 9000, size: 'max' }),
        mode: fc.constantFrom(0o600, 0o400, 0o755, 0o640),
      }),
    },
    { weight: 1, arbitrary: fc.record({ link: fc.stringMatching(/^[\w./é]{1,20}$/) }) },
    { weight: 2, arbitrary: tie('tree') },
  ),
  tree: fc.record({
    in: fc.array(fc.tuple(names, tie('node')), { maxLength: 8 }),
    mode: fc.constantFrom(0o700, 0o755, 0o2750),
  }),
}));

function make(path: Buffer, node: Node, time: number): void {
  if ('link' in node) {
    symlinkSync(node.link, path);
    return;
  }
  if ('file' in node) writeFileSync(path, node.file);
  else {
    mkdirSync(path, { recursive: true });
    const seen = new Set<string>();
    for (const [name, inside] of node.in) {
      if (!seen.has(Buffer.from(name).toString('latin1')))
        make(Buffer.concat([path, Buffer.from('/'), name]), inside, time + 1.25);
      seen.add(Buffer.from(name).toString('latin1'));
    }
  }
  chmodSync(path, node.mode);
  utimesSync(path, time, time);
}

it('any tree comes back from its backup as it was, by every strategy', async () => {
  const { home, data, create } = makeHome();
  const strategies = fc.constantFrom('copy', 'link', 'auto', 'reflink');
  await fc.assert(
    fc.asyncProperty(tree, strategies, strategies, async (root, strategy, back) => {
      for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true });
      make(Buffer.from(data), root, 1_700_000_000);
      writeFileSync(join(data, 'priv_validator_state.json'), state(1));
      utimesSync(data, 1_700_000_000, 1_700_000_000);
      const before = treeOf(data);
      const backup = await create({ strategy });
      expect(treeOf(backup.path)).toEqual(before);
      expect(await verifyBackup(backup.path)).toMatchObject({ ok: true, extra: [] });
      await restoreBackup({ backup: backup.path, data, aside: 'old', strategy: back });
      expect(treeOf(data)).toEqual(before);
      expect(treeOf(join(home, 'old'))).toEqual(before);
      expect(await verifyBackup(backup.path)).toMatchObject({ ok: true, extra: [], recorded: 0 });
    }),
    { numRuns: 60 },
  );
});

it('keeps any bytes of a name in JSON', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const path = Buffer.from(bytes).toString('latin1');
      expect(fromJson(JSON.parse(JSON.stringify(toJson(path))))).toBe(path);
    }),
  );
  expect(toJson(Buffer.from('höhe').toString('latin1'))).toBe('höhe');
});

/** In memory, where there is room: a disk takes minutes for as many fsyncs. */
function quickest(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    accessSync('/dev/shm', constants.W_OK);
    return bavail * bsize > 4 * 2 ** 30 ? '/dev/shm' : undefined;
  } catch {
    return undefined;
  }
}

it('copies and restores a hundred thousand small files in bounded memory', async () => {
  const { home, data, put, create } = makeHome(quickest());
  put('priv_validator_state.json', state(1));
  for (let directory = 0; directory < 100; directory++) {
    mkdirSync(join(data, `${directory}.db`));
    for (let file = 0; file < 1000; file++)
      writeFileSync(join(data, `${directory}.db/${file}`), `${directory} ${file}`);
  }
  const begin = process.memoryUsage().rss;
  let most = begin;
  const onProgress = (): void => void (most = Math.max(most, process.memoryUsage().rss));
  const backup = await create({ onProgress });
  expect(backup.copied.files).toBe(100_001);
  await restoreBackup({ backup: backup.path, data, aside: 'old', strategy: 'copy', onProgress });
  expect(most - begin).toBeLessThan(300 * 1024 * 1024);
  expect(readdirSync(data, { recursive: true })).toHaveLength(100_101);
  expect(besides(home)).toEqual(['b', 'old']);
  expect(statSync(join(data, '99.db/999')).size).toBe(6);
  expect(isRoot || statSync(join(data, '99.db/999')).uid === process.getuid?.()).toBe(true);
});
