import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { clearWorkDirs } from '../src/index.ts';
import { makeWorkDir } from '../src/work-dir.ts';
import { below, makeLayout, temporary } from './support.ts';

it('keeps the directory of a run that goes on', async () => {
  const layout = makeLayout();
  const dir = await makeWorkDir(layout);
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toEqual([basename(dir)]);
});

it('removes that of a run that was killed, with what is in it', async () => {
  const layout = makeLayout();
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  const mine = basename(await makeWorkDir(layout));
  const left = mine.replace(`fetch-${process.pid}-`, `fetch-${String(child.pid)}-`);
  mkdirSync(join(layout.staging, left, 'upgrade', 'bin'), { recursive: true });
  writeFileSync(join(layout.staging, left, 'upgrade', 'bin', 'palomad'), 'half');
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toEqual([mine]);
});

it('ends a binary that was asked for its version by a run that was killed', async () => {
  const layout = makeLayout();
  const mine = await makeWorkDir(layout);
  const [, , startTime = ''] = basename(mine).split('-');
  const left = mine.replace(`-${startTime}-`, `-${Number(startTime) - 1}-`);
  renameSync(mine, left);
  const home = join(left, 'chainvisor-version-1/home');
  mkdirSync(home, { recursive: true });
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true, env: { HOME: home } });
  const gone = once(child, 'exit');
  await clearWorkDirs(layout);
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect(below(layout.staging)).toEqual([]);
});

it('removes that of a process whose number somebody else has now', async () => {
  const layout = makeLayout();
  const mine = await makeWorkDir(layout);
  const [, , startTime = ''] = basename(mine).split('-');
  const left = mine.replace(`-${startTime}-`, `-${Number(startTime) - 1}-`);
  renameSync(mine, left);
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toEqual([]);
});

it('gives an owner that cannot be seen from here an hour', async () => {
  const layout = makeLayout();
  const mine = await makeWorkDir(layout);
  const elsewhere = mine.replace(/pid:\[\d+\]/, 'pid:[1]');
  renameSync(mine, elsewhere);
  const file = join(elsewhere, 'palomad');
  writeFileSync(file, 'half');
  const age = (path: string, minutes: number): void => {
    const time = new Date(Date.now() - minutes * 60_000);
    utimesSync(path, time, time);
  };
  age(file, 50);
  age(elsewhere, 120);
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toContain(basename(elsewhere));
  age(file, 70);
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toEqual([]);
});

it('leaves alone what it does not know, and what is not there', async () => {
  const layout = makeLayout();
  await clearWorkDirs(layout);
  mkdirSync(join(layout.staging, 'mine'), { recursive: true });
  await clearWorkDirs(layout);
  expect(below(layout.staging)).toEqual(['mine']);
});

it('says where it can make no directory', async () => {
  const layout = { ...makeLayout(), staging: join(temporary(), 'file', 'staging') };
  writeFileSync(join(layout.staging, '..'), '');
  await expect(makeWorkDir(layout)).rejects.toMatchObject({
    code: 'STAGING_IO_FAILED',
    message: expect.stringContaining(layout.staging) as string,
  });
});
