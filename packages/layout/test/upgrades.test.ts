import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, libIn, listUpgrades, recordIn, settleBinary, switchCurrent, syncUpgrade } from '../src/index.ts';
import { createLayout } from '../src/layout.ts';
import { isRoot, makeHome, put, refusal, temporary } from './home.ts';

const SCRIPT = '#!/bin/sh\nexit 0\n';

describe('listUpgrades', () => {
  it('lists nothing where nothing is', async () => {
    expect(await listUpgrades(createLayout({ home: temporary(), daemon: 'd', recase: true }))).toEqual([]);
    const layout = makeHome();
    mkdirSync(layout.upgrades);
    expect(await listUpgrades(layout)).toEqual([]);
  });

  it('lists what is staged, v9 before v10, and what is wrong with it', async () => {
    const layout = makeHome('v10', 'v9', 'a%2Fb');
    const at = (name: string): string => join(layout.upgrades, name);
    put(recordIn(at('v9')), '{"name":"V9","height":9}');
    put(recordIn(at('v10')), '{"na');
    put(join(at('seed'), 'palomad'), SCRIPT, 0o755);
    put(join(at('seed-0644'), 'palomad'), SCRIPT, 0o644);
    mkdirSync(at('empty'));
    symlinkSync('v9', at('link'));
    symlinkSync('gone', at('mislaid'));
    put(at('README'), '');
    symlinkSync('README', at('link-to-file'));

    const found = await listUpgrades(layout);
    const brief = found.map(({ directory, binary, misplaced, plan }) => [
      directory,
      binary.ok ? 'ok' : binary.reason,
      misplaced,
      plan?.name,
    ]);
    expect(brief).toEqual([
      ['a%2Fb', 'ok', false, undefined],
      ['empty', 'missing', false, undefined],
      ['link', 'ok', false, 'V9'],
      ['mislaid', 'missing', false, undefined],
      ['seed', 'ok', true, undefined],
      ['seed-0644', 'not-executable', true, undefined],
      ['v9', 'ok', false, 'V9'],
      ['v10', 'ok', false, undefined],
    ]);
    expect(found.map(({ dir }) => dir)).toEqual(brief.map(([name]) => at(String(name))));
  });

  it('tells an unmounted volume, or a file, from an empty list', async () => {
    const layout = makeHome();
    symlinkSync('/nowhere/upgrades', layout.upgrades);
    expect((await refusal(() => listUpgrades(layout))).code).toBe('LAYOUT_READ_FAILED');
    rmSync(layout.upgrades);
    put(layout.upgrades, '');
    expect((await refusal(() => listUpgrades(layout))).code).toBe('LAYOUT_READ_FAILED');
  });
});

describe('settleBinary', () => {
  it("moves the binary from where the guides' last command leaves it, so that it can be switched to", async () => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    put(join(dir, 'palomad'), SCRIPT, 0o755);
    expect(await settleBinary(layout, dir)).toBe('moved');
    expect(readdirSync(dir)).toEqual(['bin']);
    expect(readFileSync(binaryIn(layout, dir), 'utf8')).toBe(SCRIPT);
    expect(statSync(binaryIn(layout, dir)).mode & 0o777).toBe(0o755);
    expect(await settleBinary(layout, dir)).toBe('in-place');
    await switchCurrent(layout, dir);
    expect(await checkExecutable(binaryIn(layout, layout.current))).toMatchObject({ ok: true });
  });

  it('moves it into an empty bin/ as well', async () => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    put(join(dir, 'palomad'), SCRIPT, 0o755);
    mkdirSync(join(dir, 'bin'));
    expect(await settleBinary(layout, dir)).toBe('moved');
  });

  it.each<[string, (binary: string) => void]>([
    ['a binary', (binary) => put(binary, 'mine', 0o755)],
    ['an empty file', (binary) => put(binary, '')],
    [
      'a broken link',
      (binary) => {
        mkdirSync(join(binary, '..'));
        symlinkSync('gone', binary);
      },
    ],
    ['a directory', (binary) => mkdirSync(binary, { recursive: true })],
  ])('never replaces %s in bin/', async (_, occupy) => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    put(join(dir, 'palomad'), SCRIPT, 0o755);
    occupy(binaryIn(layout, dir));
    expect(await settleBinary(layout, dir)).toBe('in-place');
    expect(readFileSync(join(dir, 'palomad'), 'utf8')).toBe(SCRIPT);
  });

  it('moves neither a link, nor a directory, nor what is not executable, nor another name', async () => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    expect(await settleBinary(layout, dir)).toBe('missing');
    put(join(dir, 'other'), SCRIPT, 0o755);
    expect(await settleBinary(layout, dir)).toBe('missing');
    symlinkSync('other', join(dir, 'palomad'));
    expect(await settleBinary(layout, dir)).toBe('missing');
    rmSync(join(dir, 'palomad'));
    put(join(dir, 'palomad'), SCRIPT, 0o644);
    expect(await settleBinary(layout, dir)).toBe('missing');
    rmSync(join(dir, 'palomad'));
    put(join(dir, 'palomad', 'x'), '');
    expect(await settleBinary(layout, dir)).toBe('missing');
    expect(existsSync(join(dir, 'bin'))).toBe(false);
  });

  it('says what is in the way when bin is a file', async () => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    put(join(dir, 'palomad'), SCRIPT, 0o755);
    put(join(dir, 'bin'), SCRIPT, 0o755);
    const error = await refusal(() => settleBinary(layout, dir));
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.message).toContain(binaryIn(layout, dir));
    expect(readFileSync(join(dir, 'palomad'), 'utf8')).toBe(SCRIPT);
  });
});

describe('syncUpgrade', () => {
  it('writes out a directory with and without libraries, nested, linked or broken ones too', async () => {
    const layout = makeHome('v2');
    const dir = join(layout.upgrades, 'v2');
    await expect(syncUpgrade(layout, dir)).resolves.toBeUndefined();
    put(join(libIn(dir), 'libwasmvm.x86_64.so'), 'x');
    put(join(libIn(dir), 'nested', 'a.so'), 'x');
    symlinkSync('libwasmvm.x86_64.so', join(libIn(dir), 'libwasmvm.so'));
    symlinkSync('gone', join(libIn(dir), 'broken.so'));
    symlinkSync('..', join(libIn(dir), 'up'));
    execFileSync('mkfifo', [join(libIn(dir), 'fifo')]);
    await expect(syncUpgrade(layout, dir)).resolves.toBeUndefined();
    await expect(syncUpgrade(layout, layout.genesis)).resolves.toBeUndefined();
  });

  it('asks the kernel to write out each file and directory, and nothing else (where strace is at hand)', (context) => {
    const layout = makeHome('v2', 'v3');
    const dir = join(layout.upgrades, 'v2');
    put(join(libIn(dir), 'a.so'), 'x');
    let trace: string;
    try {
      const script = `import { createLayout, syncUpgrade } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
        const layout = createLayout({ home: ${JSON.stringify(layout.home)}, daemon: 'palomad', recase: true });
        await syncUpgrade(layout, ${JSON.stringify(dir)});`;
      const log = join(layout.home, 'trace');
      const command = [
        '-f',
        '-y',
        '-e',
        'trace=fsync,fdatasync',
        '-o',
        log,
        process.execPath,
        '--input-type=module',
        '-e',
        script,
      ];
      execFileSync('strace', command, { stdio: 'pipe' });
      trace = readFileSync(log, 'utf8');
    } catch {
      context.skip('strace is not at hand');
      return;
    }
    const synced = [...trace.matchAll(/fsync\(\d+<([^>]+)>/g)].map(([, path]) => path);
    const expected = [
      binaryIn(layout, dir),
      join(dir, 'bin'),
      libIn(dir),
      join(libIn(dir), 'a.so'),
      dir,
      layout.upgrades,
    ];
    expect(synced.sort()).toEqual(expected.sort());
  });

  it('refuses what has no binary', async () => {
    const layout = makeHome('v2');
    const dir = join(layout.upgrades, 'v2');
    rmSync(binaryIn(layout, dir));
    const error = await refusal(() => syncUpgrade(layout, dir));
    expect(error.code).toBe('LAYOUT_WRITE_FAILED');
    expect(error.message).toContain(dir);
  });

  it.skipIf(isRoot)('does not stop at a library that nobody may read (root may)', async () => {
    const layout = makeHome('v2');
    const dir = join(layout.upgrades, 'v2');
    put(join(libIn(dir), 'secret.so'), 'x', 0o000);
    await expect(syncUpgrade(layout, dir)).resolves.toBeUndefined();
  });
});
