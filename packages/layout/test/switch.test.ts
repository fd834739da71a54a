import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryIn, readCurrent, switchCurrent } from '../src/index.ts';
import type { Layout } from '../src/index.ts';
import { createLayout } from '../src/layout.ts';
import { isRoot, makeHome, put, refusal, stage, temporary } from './home.ts';

const otherFileSystem = existsSync('/dev/shm') && lstatSync('/dev/shm').dev !== lstatSync(temporaryRoot()).dev;
function temporaryRoot(): string {
  return process.env['TMPDIR'] ?? '/tmp';
}

function upgrade(layout: Layout, name: string): string {
  return join(layout.upgrades, name);
}

describe('switchCurrent', () => {
  it('makes a relative link where there is none, and moves it', async () => {
    const layout = makeHome('v2');
    await switchCurrent(layout, layout.genesis);
    expect(readlinkSync(layout.current)).toBe('genesis');
    await switchCurrent(layout, upgrade(layout, 'v2'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
    await switchCurrent(layout, `${upgrade(layout, 'v2')}/`);
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
    await switchCurrent(layout, layout.genesis);
    expect(await readCurrent(layout)).toMatchObject({ target: 'genesis', dir: layout.genesis });
  });

  it.each(['gone', 'current', '/nowhere/genesis', 'upgrades/v3'])('replaces a dangling link to %s', async (text) => {
    const layout = makeHome('v2');
    symlinkSync(text, layout.current);
    await switchCurrent(layout, upgrade(layout, 'v2'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
  });

  it('makes the absolute link of an older version relative', async () => {
    const layout = makeHome('v2');
    symlinkSync(upgrade(layout, 'v2'), layout.current);
    await switchCurrent(layout, upgrade(layout, 'v2'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
  });

  it('stays relative when the home, or the directory, is named by way of a link', async () => {
    const layout = makeHome('v2');
    const alias = join(temporary(), 'home');
    symlinkSync(layout.home, alias);
    const aliased = createLayout({ home: alias, daemon: layout.daemon, recase: true });
    await switchCurrent(aliased, upgrade(layout, 'v2'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
    await switchCurrent(aliased, aliased.genesis);
    expect(readlinkSync(layout.current)).toBe('genesis');
  });

  it('leaves nothing in the root and nothing in upgrades/', async () => {
    const layout = makeHome('v2');
    await switchCurrent(layout, upgrade(layout, 'v2'));
    expect(readdirSync(layout.root).sort()).toEqual(['.chainvisor', 'current', 'genesis', 'upgrades']);
    expect(readdirSync(layout.upgrades)).toEqual(['v2']);
    expect(readdirSync(layout.own)).toEqual([]);
  });

  it('clears away what a crash left', async () => {
    const layout = makeHome('v2');
    mkdirSync(layout.own);
    symlinkSync('upgrades/v9', join(layout.own, 'current.new'));
    await switchCurrent(layout, upgrade(layout, 'v2'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v2');
    expect(readdirSync(layout.own)).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    [
      'a missing binary',
      (path) => {
        rmSync(path);
      },
    ],
    [
      'a broken link',
      (path) => {
        rmSync(path);
        symlinkSync('gone', path);
      },
    ],
    [
      'a directory',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    ['a file that is not executable', (path) => put(path, '#!/bin/sh\n', 0o644)],
    ['an empty file', (path) => put(path, '', 0o755)],
    ['text', (path) => put(path, 'Not Found', 0o755)],
  ])('never points at %s', async (_, spoil) => {
    const layout = makeHome('v2');
    await switchCurrent(layout, layout.genesis);
    spoil(binaryIn(layout, upgrade(layout, 'v2')));
    const error = await refusal(() => switchCurrent(layout, upgrade(layout, 'v2')));
    expect(error.code).toBe('LAYOUT_NOT_RUNNABLE');
    expect(error.message).toContain(binaryIn(layout, upgrade(layout, 'v2')));
    expect(error.hint).toBeTypeOf('string');
    expect(readlinkSync(layout.current)).toBe('genesis');
  });

  it('never replaces a file or directory of the operator', async () => {
    const layout = makeHome('v2');
    put(layout.current, 'mine');
    expect((await refusal(() => switchCurrent(layout, layout.genesis))).code).toBe('LAYOUT_CURRENT_NOT_A_LINK');
    expect(lstatSync(layout.current).isFile()).toBe(true);
    rmSync(layout.current);
    stage(layout, layout.current);
    expect((await refusal(() => switchCurrent(layout, layout.genesis))).code).toBe('LAYOUT_CURRENT_NOT_A_LINK');
    expect(lstatSync(layout.current).isDirectory()).toBe(true);
  });

  it('never makes the link lead back to itself', async () => {
    const layout = makeHome('v2');
    symlinkSync('../current', upgrade(layout, 'same'));
    symlinkSync('same', upgrade(layout, 'again'));
    for (const dir of [layout.current, upgrade(layout, 'same'), upgrade(layout, 'again')]) {
      rmSync(layout.current, { force: true });
      symlinkSync('upgrades/v2', layout.current);
      await switchCurrent(layout, dir);
      expect(await readCurrent(layout)).toMatchObject({ target: 'upgrades/v2' });
    }
  });

  it('keeps the name of an upgrade that is itself a link', async () => {
    const layout = makeHome();
    mkdirSync(layout.upgrades);
    symlinkSync(stage(layout, join(temporary(), 'palomad-3')), upgrade(layout, 'v3'));
    await switchCurrent(layout, upgrade(layout, 'v3'));
    await switchCurrent(layout, upgrade(layout, 'v3'));
    expect(readlinkSync(layout.current)).toBe('upgrades/v3');
  });

  it('links absolutely to a directory elsewhere, and goes back there', async () => {
    const layout = makeHome();
    const elsewhere = stage(layout, join(temporary(), 'v3'));
    await switchCurrent(layout, elsewhere);
    expect(readlinkSync(layout.current)).toBe(elsewhere);
    expect(await readCurrent(layout)).toMatchObject({ target: elsewhere, dir: elsewhere });
  });

  it('refuses a relative directory and the root itself', async () => {
    const layout = makeHome();
    stage(layout, layout.root);
    for (const dir of ['genesis', layout.root, join(layout.genesis, '..')]) {
      expect((await refusal(() => switchCurrent(layout, dir))).code).toBe('LAYOUT_TARGET_INVALID');
    }
    expect(existsSync(layout.current)).toBe(false);
  });

  it.skipIf(!otherFileSystem)('works where .chainvisor is another file system (needs a second one)', async () => {
    const layout = makeHome('v2');
    const elsewhere = execFileSync('mktemp', ['-d', '/dev/shm/layout-XXXXXX']).toString().trim();
    try {
      symlinkSync(elsewhere, layout.own);
      symlinkSync('gone', join(layout.root, '.current.new'));
      await switchCurrent(layout, upgrade(layout, 'v2'));
      expect(readlinkSync(layout.current)).toBe('upgrades/v2');
      expect(readdirSync(layout.root).sort()).toEqual(['.chainvisor', 'current', 'genesis', 'upgrades']);
      expect(readdirSync(elsewhere)).toEqual([]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it.skipIf(isRoot)('says which path it may not change, and changes nothing (root may)', async () => {
    const layout = makeHome('v2');
    await switchCurrent(layout, layout.genesis);
    execFileSync('chmod', ['555', layout.root]);
    const error = await refusal(() => switchCurrent(layout, upgrade(layout, 'v2')));
    execFileSync('chmod', ['755', layout.root]);
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.message).toContain(layout.current);
    expect(error.hint).toBeTypeOf('string');
    expect(readlinkSync(layout.current)).toBe('genesis');
    expect(readdirSync(layout.own)).toEqual([]);
  });
});
