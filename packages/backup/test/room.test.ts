import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { roomForCopy } from '../src/index.ts';
import { makeHome, refusal, temporary } from './home.ts';

it('tells what a copy would take: no holes, nothing that links lead to', async () => {
  const { home, data, put } = makeHome();
  const before = (await roomForCopy(home, [data])).needed;
  put('a.db/000001.ldb', Buffer.alloc(300_000, 1));
  put('b.db/c/d', Buffer.alloc(100_000, 1));
  const sparse = join(data, 'sparse');
  writeFileSync(sparse, '');
  truncateSync(sparse, 1024 ** 4);
  const elsewhere = temporary();
  writeFileSync(join(elsewhere, 'large'), Buffer.alloc(3_000_000, 1));
  symlinkSync(elsewhere, join(data, 'link'));
  symlinkSync('a.db/000001.ldb', join(data, 'same'));
  const { needed, free } = await roomForCopy(home, [data]);
  expect(needed - before).toBeGreaterThanOrEqual(400_000);
  expect(needed - before).toBeLessThan(500_000);
  expect(free).toBeGreaterThan(0);
  const wasm = join(home, 'wasm');
  mkdirSync(wasm);
  writeFileSync(join(wasm, 'blob'), Buffer.alloc(200_000, 1));
  expect((await roomForCopy(home, [data, wasm])).needed - needed).toBeGreaterThanOrEqual(200_000);
});

it('takes what is not there for nothing, and tells of what it cannot look at', async () => {
  const { home, data } = makeHome();
  expect((await roomForCopy(home, [join(data, 'gone')])).needed).toBe(0);
  expect(await refusal(() => roomForCopy(join(home, 'gone'), []))).toMatchObject({ code: 'BACKUP_READ_FAILED' });
});

it('can be aborted', async () => {
  const { home, data, put } = makeHome();
  put('a', 'a');
  const refused = await refusal(() => roomForCopy(home, [data], AbortSignal.abort()));
  expect(refused.code).toBe('BACKUP_ABORTED');
});
