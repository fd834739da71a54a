import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryIn, listUpgrades, upgradeDir } from '@chainvisor/layout';
import { describe, expect, it } from 'vitest';
import { readStagedRecord, stageBinary } from '../src/index.ts';
import { below, makeLayout, program, releases, sha256, stageOptions } from './support.ts';

const PLAN = 'v2.4.15';
const good = program('2.4.15');
const promise = (content: string | Buffer): string => `?checksum=sha256:${sha256(content)}`;

/** The head of an ELF file of no machine that this can be. */
function otherMachine(): Buffer {
  const elf = readFileSync('/proc/self/exe').subarray(0, 4096);
  const changed = Buffer.from(elf);
  changed.writeUInt16LE(process.arch === 'riscv64' ? 62 : 243, 18);
  return changed;
}

describe('staging a binary', () => {
  it('puts it into upgrades/, executable, with a record of where it came from', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', good);
    const staged = await stageBinary(layout, stageOptions(url + promise(good)));

    const dir = upgradeDir(layout, PLAN);
    expect(staged).toMatchObject({ dir, warnings: [] });
    expect(readFileSync(binaryIn(layout, dir), 'utf8')).toBe(good);
    expect(statSync(binaryIn(layout, dir)).mode & 0o777).toBe(0o755);
    expect(staged.record).toMatchObject({
      v: 1,
      source: url,
      named: 'the test',
      sha256: sha256(good),
      checksum: { algorithm: 'sha256', hex: sha256(good), from: 'url' },
      binarySha256: sha256(good),
      version: '2.4.15',
    });
    expect(await readStagedRecord(dir)).toEqual(staged.record);
    expect(await listUpgrades(layout)).toMatchObject([{ binary: { ok: true } }]);
    expect(below(layout.staging)).toEqual([]);
  });

  it('takes a checksum that was given beside the URL', async () => {
    const layout = makeLayout();
    const server = await releases();
    const source = { url: server.serve('/palomad', good), checksum: `sha256:${sha256(good)}`, named: 'the table' };
    const staged = await stageBinary(layout, stageOptions('', { source }));
    expect(staged.record).toMatchObject({ named: 'the table', checksum: { from: 'given' } });
  });

  it('warns of another version, and refuses it only where that was asked for', async () => {
    const server = await releases();
    const other = program('2.4.14');
    const url = server.serve('/palomad', other) + promise(other);
    const layout = makeLayout();
    await expect(stageBinary(layout, stageOptions(url, { requireVersion: true }))).rejects.toMatchObject({
      code: 'STAGING_OTHER_VERSION',
      message: expect.stringMatching(/2\.4\.14.*v2\.4\.15/) as string,
    });
    expect([...below(layout.upgrades), ...below(layout.staging)]).toEqual([]);
    expect((await stageBinary(layout, stageOptions(url))).warnings).toEqual([
      expect.stringMatching(/2\.4\.14.*v2\.4\.15/),
    ]);
  });

  it.each([
    ['is for another machine', otherMachine(), /riscv64|x64|arm64/],
    ['has an interpreter that is not here', '#!/opt/none/bash\n', /"\/opt\/none\/bash"/],
    ['ends with an error', '#!/bin/sh\necho broken >&2\nexit 3\n', /version. ended with code 3/],
    ['hangs', '#!/bin/sh\nexec sleep 1000\n', /no answer within 2000 ms/],
  ])('refuses a binary that %s, and leaves nothing', async (_, content, message) => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', content) + promise(content);
    await expect(stageBinary(layout, stageOptions(url, { versionTimeout: 2000 }))).rejects.toMatchObject({
      code: 'STAGING_WILL_NOT_RUN',
      message: expect.stringMatching(message) as string,
    });
    expect([...below(layout.upgrades), ...below(layout.staging)]).toEqual([]);
  });

  it('refuses what is no program, and leaves nothing', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', 'Not Found\n') + promise('Not Found\n');
    await expect(stageBinary(layout, stageOptions(url))).rejects.toMatchObject({ code: 'FETCHER_BINARY_ABSENT' });
    expect([...below(layout.upgrades), ...below(layout.staging)]).toEqual([]);
  });

  it('never runs what is not what the checksum promises', async () => {
    const layout = makeLayout();
    const server = await releases();
    const touched = join(layout.home, 'touched');
    const url = server.serve('/palomad', `#!/bin/sh\ntouch ${touched}\n`);
    await expect(stageBinary(layout, stageOptions(url + promise(good)))).rejects.toMatchObject({
      code: 'FETCHER_CHECKSUM_MISMATCH',
    });
    expect(below(layout.home).filter((name) => name.includes('touched') || name.includes('palomad'))).toEqual([]);
  });

  it('refuses a plan whose name no directory can have, before anything is fetched', async () => {
    const server = await releases();
    const url = server.serve('/palomad', good) + promise(good);
    await expect(stageBinary(makeLayout(), stageOptions(url, { plan: '..' }))).rejects.toMatchObject({
      name: 'PlanError',
    });
    expect(server.requests).toEqual([]);
  });

  it('takes the place of what cannot run, and keeps that aside', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', good) + promise(good);
    const broken = binaryIn(layout, upgradeDir(layout, PLAN));
    mkdirSync(join(upgradeDir(layout, PLAN), 'bin'), { recursive: true });
    writeFileSync(broken, 'half of a download');
    await stageBinary(layout, stageOptions(url));
    expect(readFileSync(broken, 'utf8')).toBe(good);
    expect(below(layout.quarantine).filter((name) => name.endsWith('palomad'))).toHaveLength(1);
  });

  it('never replaces a binary that can run', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', good) + promise(good);
    const mine = binaryIn(layout, upgradeDir(layout, PLAN));
    mkdirSync(join(upgradeDir(layout, PLAN), 'bin'), { recursive: true });
    writeFileSync(mine, '#!/bin/sh\n');
    chmodSync(mine, 0o755);
    await expect(stageBinary(layout, stageOptions(url))).rejects.toMatchObject({ code: 'LAYOUT_OCCUPIED' });
    expect(readFileSync(mine, 'utf8')).toBe('#!/bin/sh\n');
    expect(below(layout.staging)).toEqual([]);
  });

  it('is done once where two do it at the same time', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', good) + promise(good);
    const both = await Promise.allSettled([
      stageBinary(layout, stageOptions(url)),
      stageBinary(layout, stageOptions(url)),
    ]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(below(layout.upgrades).filter((name) => name.endsWith('bin/palomad'))).toEqual(['v2.4.15/bin/palomad']);
    expect(below(layout.staging)).toEqual([]);
  });

  it('ends when it is aborted, and leaves nothing', async () => {
    const layout = makeLayout();
    const server = await releases();
    const url = server.serve('/palomad', { body: good, stall: 10 }) + promise(good);
    const abort = new AbortController();
    const staging = stageBinary(
      layout,
      stageOptions(url, { signal: abort.signal, onProgress: () => abort.abort(new Error('stop')) }),
    );
    await expect(staging).rejects.toMatchObject({ code: 'FETCHER_ABORTED' });
    expect([...below(layout.upgrades), ...below(layout.staging)]).toEqual([]);
  });
});

describe('the record', () => {
  it.each([
    ['absent', undefined],
    ['no JSON', '{'],
    ['of another version', '{"v":2}'],
    ['not whole', '{"v":1,"source":"x"}'],
    ['null', 'null'],
    ['of other kinds', '{"v":1,"at":"x","source":"x","named":{},"sha256":"x","binarySha256":"x"}'],
  ])('is none where it is %s', async (_, content) => {
    const layout = makeLayout();
    const dir = upgradeDir(layout, PLAN);
    mkdirSync(dir, { recursive: true });
    if (content !== undefined) writeFileSync(join(dir, 'staged.json'), content);
    expect(await readStagedRecord(dir)).toBeUndefined();
  });
});
