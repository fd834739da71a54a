import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyBackup } from '../src/index.ts';
import type { Progress } from '../src/index.ts';
import { isRoot, makeHome, put as putAt, refusal, sha256 } from './home.ts';

async function makeBackup() {
  const { home, data, put, create } = makeHome();
  put('a/file', 'content', { mode: 0o640 });
  put('a/other', 'other');
  symlinkSync('a', join(data, 'link'));
  putAt(join(home, 'wasm/blob'), 'code');
  const { path } = await create({ outside: [{ name: 'wasm', path: join(home, 'wasm') }] });
  const manifest = join(path, '.chainvisor-backup/manifest.jsonl');
  return { path, manifest, hashes: () => readFileSync(manifest, 'utf8').match(/"sha256":"\w+"/g) ?? [] };
}

it('records hashes the first time and compares them later', async () => {
  const { path, manifest, hashes } = await makeBackup();
  expect(hashes()).toEqual([]);
  const told: Progress[] = [];
  const first = await verifyBackup(path, { onProgress: (progress) => told.push(progress) });
  expect(first).toMatchObject({ ok: true, missing: [], extra: [], changed: [], compared: 0, recorded: 3 });
  expect(first.header).toMatchObject({ name: 'b', entries: 7, bytes: 16 });
  expect(told.at(-1)).toMatchObject({ phase: 'hashing', files: 3, totalFiles: 3, bytes: 16, totalBytes: 16 });
  expect(hashes()).toContain(`"sha256":"${sha256(Buffer.from('content'))}"`);
  const { ino } = statSync(manifest);
  expect(await verifyBackup(path)).toMatchObject({ ok: true, compared: 3, recorded: 0 });
  expect(statSync(manifest).ino).toBe(ino);
});

it('tells what is missing, changed and more', async () => {
  const { path } = await makeBackup();
  await verifyBackup(path);
  rmSync(join(path, 'a/other'));
  const { atime, mtime } = statSync(join(path, 'a/file'));
  writeFileSync(join(path, 'a/file'), 'CONTENT');
  utimesSync(join(path, 'a/file'), atime, mtime);
  rmSync(join(path, 'link'));
  symlinkSync('b', join(path, 'link'));
  writeFileSync(join(path, '.chainvisor-backup/outside/wasm/blob'), 'longer');
  writeFileSync(join(path, 'extra'), '');
  const verified = await verifyBackup(path);
  expect(verified).toMatchObject({ ok: false, missing: ['a/other'], extra: ['extra'], compared: 0, recorded: 0 });
  expect(new Set(verified.changed)).toEqual(
    new Set([
      { path: 'link', what: 'target' },
      { path: '.chainvisor-backup/outside/wasm/blob', what: 'size' },
      { path: 'a/file', what: 'content' },
    ]),
  );
  rmSync(join(path, 'a/file'));
  mkdirSync(join(path, 'a/file'));
  expect((await verifyBackup(path)).changed).toContainEqual({ path: 'a/file', what: 'type' });
});

it('does not take what was written to before the first time for the right content', async () => {
  const { path, hashes } = await makeBackup();
  writeFileSync(join(path, 'a/file'), 'CONTENT');
  for (let time = 0; time < 2; time++)
    expect(await verifyBackup(path)).toMatchObject({ ok: false, changed: [{ path: 'a/file', what: 'time' }] });
  expect(hashes()).toHaveLength(2);
});

it('takes extra files alone for no harm', async () => {
  const { path } = await makeBackup();
  writeFileSync(join(path, '.chainvisor-backup/manifest.jsonl.0badcafe'), 'of a verify that was killed');
  writeFileSync(join(path, 'extra'), '');
  expect(await verifyBackup(path)).toMatchObject({ ok: true, extra: ['extra'] });
});

it.skipIf(isRoot)('says that a file cannot be read (skipped as root, who reads everything)', async () => {
  const { path } = await makeBackup();
  execFileSync('chmod', ['000', join(path, 'a/file')]);
  expect((await verifyBackup(path)).changed).toEqual([{ path: 'a/file', what: 'unreadable' }]);
});

it('refuses what is no backup of ours, and can be aborted', async () => {
  const { path } = await makeBackup();
  expect((await refusal(() => verifyBackup(join(path, 'a')))).code).toBe('BACKUP_MANIFEST_INVALID');
  expect((await refusal(() => verifyBackup(join(path, 'none')))).code).toBe('BACKUP_DATA_INVALID');
  expect((await refusal(() => verifyBackup(path, { signal: AbortSignal.abort() }))).code).toBe('BACKUP_ABORTED');
});

it.each([
  ['an unknown version', (text: string) => text.replace('"chainvisorBackup":1', '"chainvisorBackup":2')],
  ['no header', (text: string) => text.split('\n').slice(1).join('\n')],
  ['a line that is no JSON', (text: string) => text.replace('{"path":"a"', '{"path":"a')],
  ['an entry of an unknown type', (text: string) => text.replace('"type":"symlink"', '"type":"door"')],
  ['a line lost', (text: string) => text.split('\n').toSpliced(2, 1).join('\n')],
  ['no end', (text: string) => text.replace(/{"end":\d+}\n/, '')],
  ['nothing in it', () => ''],
])('refuses a manifest with %s', async (_, change) => {
  const { path, manifest } = await makeBackup();
  writeFileSync(manifest, change(readFileSync(manifest, 'utf8')));
  const error = await refusal(() => verifyBackup(path));
  expect(error).toMatchObject({
    code: 'BACKUP_MANIFEST_INVALID',
    message: expect.stringContaining(manifest) as string,
  });
});
