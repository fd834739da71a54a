import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quarantine, recordIn, recordPlan, replaceFile } from '../src/index.ts';
import { isRoot, makeHome, put, refusal } from './home.ts';

const bytes = Buffer.from('{"name":"v2","height":7}');
const mode = (path: string): number => statSync(path).mode & 0o7777;
const otherFileSystem = existsSync('/dev/shm') && lstatSync('/dev/shm').dev !== lstatSync(tmpdir()).dev;

describe('replaceFile', () => {
  it('creates and replaces, with exactly the mode asked for', async () => {
    const layout = makeHome();
    mkdirSync(layout.data);
    const umask = process.umask(0o077);
    try {
      await replaceFile(layout, layout.upgradeInfo, Buffer.from('old'), 0o600);
      expect(mode(layout.upgradeInfo)).toBe(0o600);
      await replaceFile(layout, layout.upgradeInfo, bytes, 0o644);
    } finally {
      process.umask(umask);
    }
    expect(mode(layout.upgradeInfo)).toBe(0o644);
    expect(readFileSync(layout.upgradeInfo)).toEqual(bytes);
    expect(readdirSync(layout.data)).toEqual(['upgrade-info.json']);
    expect(readdirSync(layout.own)).toEqual([]);
  });

  it('leaves the bytes that a reader has open as they were', async () => {
    const layout = makeHome();
    put(layout.upgradeInfo, 'old');
    const before = statSync(layout.upgradeInfo).ino;
    await replaceFile(layout, layout.upgradeInfo, bytes, 0o600);
    expect(statSync(layout.upgradeInfo).ino).not.toBe(before);
  });

  it('writes many files at once without mixing them', async () => {
    const layout = makeHome();
    mkdirSync(layout.data);
    const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(5_000, i + 65));
    await Promise.all(contents.map((content) => replaceFile(layout, layout.batch, content, 0o600)));
    const found = readFileSync(layout.batch);
    expect(contents.some((content) => content.equals(found))).toBe(true);
    expect(readdirSync(layout.own)).toEqual([]);
  });

  it('clears away what a crash left an hour ago, and nothing else', async () => {
    const layout = makeHome();
    mkdirSync(layout.data);
    const old = put(join(layout.own, 'replace-0123'), '');
    utimesSync(old, 0, 0);
    utimesSync(put(layout.journal, ''), 0, 0);
    put(join(layout.own, 'replace-4567'), '');
    await replaceFile(layout, layout.upgradeInfo, bytes, 0o600);
    expect(readdirSync(layout.own).sort()).toEqual(['journal.jsonl', 'replace-4567']);
  });

  it.skipIf(!otherFileSystem)('works where .chainvisor is another file system (needs a second one)', async () => {
    const layout = makeHome('v2');
    const elsewhere = execFileSync('mktemp', ['-d', '/dev/shm/layout-XXXXXX']).toString().trim();
    try {
      symlinkSync(elsewhere, layout.own);
      const dir = join(layout.upgrades, 'v2');
      utimesSync(put(join(dir, '.upgrade-info.json.replace-0123'), ''), 0, 0);
      await recordPlan(layout, dir, bytes);
      expect(readdirSync(dir).sort()).toEqual(['bin', 'upgrade-info.json']);
      expect(readdirSync(elsewhere)).toEqual([]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('keeps what was there when it fails, and leaves nothing behind', async () => {
    const layout = makeHome();
    put(join(layout.upgradeInfo, 'in-the-way'), '');
    const error = await refusal(() => replaceFile(layout, layout.upgradeInfo, bytes, 0o600));
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.message).toContain(layout.upgradeInfo);
    expect(readdirSync(layout.upgradeInfo)).toEqual(['in-the-way']);
    expect(readdirSync(layout.own)).toEqual([]);
    const nowhere = join(layout.home, 'none', 'file');
    expect((await refusal(() => replaceFile(layout, nowhere, bytes, 0o600))).code).toBe('LAYOUT_WRITE_FAILED');
  });

  it.skipIf(isRoot)('says that it may not write (root may)', async () => {
    const layout = makeHome();
    put(layout.upgradeInfo, 'old');
    execFileSync('chmod', ['555', layout.data]);
    const error = await refusal(() => replaceFile(layout, layout.upgradeInfo, bytes, 0o600));
    execFileSync('chmod', ['755', layout.data]);
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.hint).toBeTypeOf('string');
    expect(readFileSync(layout.upgradeInfo, 'utf8')).toBe('old');
    expect(readdirSync(layout.own)).toEqual([]);
  });
});

describe('recordPlan', () => {
  it("places the node's bytes beside the binary as they are, readable to monitoring", async () => {
    const layout = makeHome('v2');
    const dir = join(layout.upgrades, 'v2');
    const odd = Buffer.from([0x7b, 0xff, 0x00]);
    await recordPlan(layout, dir, odd);
    expect(readFileSync(recordIn(dir))).toEqual(odd);
    expect(mode(recordIn(dir))).toBe(0o644);
    expect(readdirSync(layout.upgrades)).toEqual(['v2']);
  });
});

describe('quarantine', () => {
  it('copies, leaves the original, and never overwrites an earlier copy', async () => {
    const layout = makeHome();
    put(layout.upgradeInfo, '{"na');
    const copies = await Promise.all([1, 2, 3].map(() => quarantine(layout, layout.upgradeInfo)));
    expect(new Set(copies).size).toBe(3);
    for (const copy of copies) {
      expect(dirname(copy)).toBe(layout.quarantine);
      expect(basename(copy)).toMatch(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}-upgrade-info\.json$/);
      expect(readFileSync(copy, 'utf8')).toBe('{"na');
      expect(mode(copy)).toBe(0o600);
    }
    expect(readFileSync(layout.upgradeInfo, 'utf8')).toBe('{"na');
  });

  it('keeps an empty file too, and says when there is none', async () => {
    const layout = makeHome();
    expect((await refusal(() => quarantine(layout, layout.upgradeInfo))).code).toBe('LAYOUT_READ_FAILED');
    put(layout.upgradeInfo, '');
    expect(readFileSync(await quarantine(layout, layout.upgradeInfo), 'utf8')).toBe('');
  });

  it('says that it cannot keep a copy', async () => {
    const layout = makeHome();
    put(layout.upgradeInfo, '{');
    put(layout.quarantine, 'in the way');
    const error = await refusal(() => quarantine(layout, layout.upgradeInfo));
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.message).toContain(layout.upgradeInfo);
  });
});
