import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { besides, makeHome, refusal, state, temporary, treeOf } from './home.ts';
import type { TestHome } from './home.ts';
import { whyNoStrace } from './killed.ts';

const RUNNER = fileURLToPath(new URL('runner.js', import.meta.url));
const untraced = whyNoStrace();
const title = (text: string, why: string | undefined): string =>
  why === undefined ? text : `${text} (skipped: ${why})`;

/** Why files here are written out one by one, however many; undefined where they need not be. */
function whyOneByOne(): string | undefined {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 8)) return 'an old kernel';
  const { type } = statfsSync(tmpdir());
  if (![0xef53, 0x58465342, 0x9123683e].includes(type)) return 'neither ext4, XFS nor btrfs';
  const version = execFileSync('sync', ['--version'], { encoding: 'utf8' });
  return version.startsWith('sync (GNU coreutils)') ? undefined : 'another sync than that of GNU';
}

const oneByOne = untraced ?? whyOneByOne();

function makeMany(): TestHome {
  const home = makeHome();
  for (let i = 0; i < 300; i++) home.put(`cs.wal/${i % 7}/${i}`);
  home.put('large', Buffer.alloc(300_000));
  home.put('priv_validator_state.json', state(5));
  return home;
}

/** The calls of these names that making, or restoring, a backup as a process of its own comes to. */
function traced(calls: string, what: string, asked: unknown, path = process.env['PATH'] ?? ''): string[] {
  const log = join(temporary(), 'log');
  const options = ['-f', '-y', '-qq', '-s', '300', '-E', `PATH=${path}`, '-e', `trace=${calls}`, '-o', log];
  execFileSync('strace', [...options, process.execPath, RUNNER, what, JSON.stringify(asked)], { stdio: 'pipe' });
  return readFileSync(log, 'utf8').split('\n');
}

it.skipIf(oneByOne !== undefined)(
  title('writes out many files with their file system, after the last change and before a name is given', oneByOne),
  () => {
    const home = makeMany();
    const { data } = home;
    const asked = { data, parent: home.home, name: 'b', strategy: 'copy', stopped: true };
    const calls = 'syncfs,fsync,copy_file_range,mkdir,utimensat,fchmod,fchown,rename';
    const expectInOrder = (lines: string[], hidden: string, named: RegExp): void => {
      const [swept, ...more] = lines.flatMap((line, at) => (/syncfs\(\d+<[^>]*>/.test(line) ? [at] : []));
      expect(more).toEqual([]);
      expect(lines[swept ?? -1]).toContain(hidden);
      const name = lines.findIndex((line) => named.test(line));
      expect(name).toBeGreaterThan(swept ?? Infinity);
      // The way back to who asked for it: nothing of the new directory has changed since.
      const since = lines.slice((swept ?? 0) + 1, name).filter((line) => line.includes(hidden));
      expect(since.filter((line) => !/syncfs resumed|(?:fsync|syncfs)\(/.test(line))).toEqual([]);
    };
    expectInOrder(traced(calls, 'create', asked), '.b.unfinished-', /rename\("[^"]*unfinished[^"/]*", "[^"]*\/b"/);
    const restore = {
      backup: join(home.home, 'b'),
      data,
      aside: 'old',
      strategy: 'copy',
      note: join(home.home, 'note'),
    };
    expectInOrder(traced(calls, 'restore', restore), '.data.restoring-', /rename\("[^"]*\.restore\.json\.new"/);
    expect(treeOf(data)).toEqual(treeOf(join(home.home, 'old')));
  },
);

const GNU = 'echo "sync (GNU coreutils) 9.1"';

it.skipIf(untraced !== undefined).each([
  ['there is no sync', undefined],
  ['it is not that of GNU', 'echo "sync 0.2.2 (multi-call binary)"'],
  ['it fails', `[ "$1" = --version ] && ${GNU}`],
])(title('writes out each of many files by itself where %s', untraced), (_, script) => {
  const { home, data } = makeMany();
  const bin = join(temporary(), 'bin');
  mkdirSync(bin);
  if (script !== undefined) writeFileSync(join(bin, 'sync'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const asked = { data, parent: home, name: 'b', strategy: 'copy', stopped: true };
  const lines = traced('fsync,rename', 'create', asked, bin);
  const named = lines.findIndex((line) => /rename\("[^"]*unfinished[^"/]*", "[^"]*\/b"/.test(line));
  const synced = lines
    .slice(0, named)
    .flatMap((line) => /fsync\(\d+<([^>]+)>/.exec(line)?.[1]?.replace(/^.*\.b\.unfinished-[^/]+/, '') ?? []);
  const paths = treeOf(join(home, 'b')).map((line) => line.split(' ')[0] ?? '');
  expect(paths.filter((path) => !synced.includes(path))).toEqual([]);
});

const untold = whyOneByOne();

it.skipIf(untold !== undefined)(title('is aborted while it writes out', untold), async () => {
  const { home, create } = makeMany();
  const bin = join(temporary(), 'bin');
  const begun = join(bin, 'begun');
  mkdirSync(bin);
  const script = `#!/bin/sh\n[ "$1" = --version ] && { ${GNU}; exit; }\nexec /bin/sleep 600 3>"${begun}"\n`;
  writeFileSync(join(bin, 'sync'), script, { mode: 0o755 });
  vi.stubEnv('PATH', bin);
  onTestFinished(() => void vi.unstubAllEnvs());
  const aborter = new AbortController();
  const failed = refusal(() => create({ signal: aborter.signal }));
  await vi.waitUntil(() => existsSync(begun), { timeout: 30_000 });
  aborter.abort();
  expect((await failed).code).toBe('BACKUP_ABORTED');
  expect(besides(home)).toEqual([]);
});
