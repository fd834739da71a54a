import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { withBackup } from './fake-backups.ts';
import { expectCleanStop } from './fake-checks.ts';
import { type FakeRun, fakeRun } from './fake-run.ts';
import { program, runProgram } from './supervisor.ts';

/** Runs `chainvisor backup …` on a home; the seed document's UNSAFE_SKIP_BACKUP=true is set. */
export function backup(run: FakeRun, ...args: readonly string[]) {
  return backupWith(run, {}, ...args);
}

/** The same with more in the environment, or another file of the program. */
export function backupWith(
  run: FakeRun,
  { env = {}, file = program }: { readonly env?: Readonly<Record<string, string>>; readonly file?: string },
  ...args: readonly string[]
) {
  return runProgram(['backup', ...args], run.home.env(env), run.home.dir, file);
}

/** The directories in the home whose names begin so. */
export async function named({ home }: FakeRun, start: string): Promise<readonly string[]> {
  return (await readdir(home.home)).filter((name) => name.startsWith(start)).sort();
}

/** Everything in the home that was not there when it was made: backups, what was put aside, what is half done. */
export async function besides(run: FakeRun): Promise<readonly string[]> {
  const own = ['config', 'cosmovisor', 'data', 'fake-events.jsonl'];
  return (await readdir(run.home.home)).filter((name) => !own.includes(name)).sort();
}

/** A home whose upgrade to v2 at height 5 was backed up and failed in its migration, and the name of the backup. */
export async function failedUpgrade(t: TestContext): Promise<{ run: FakeRun; name: string; log: string }> {
  const run = await fakeRun(t, { chain: { plans: [{ name: 'v2', height: 5 }], stores: true } });
  await run.stage('v2', { migration: { fail: 'error' } });
  const supervisor = run.start(withBackup);
  await supervisor.ended;
  const [name = ''] = await named(run, 'data-backup-');
  return { run, name, log: supervisor.log() };
}

/** The path of something in the data of a home. */
export function inData({ home }: FakeRun, ...parts: readonly string[]): string {
  return join(home.home, 'data', ...parts);
}

/** What a command printed for programs: an object, or a list of them. */
export const json = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>;
export const rows = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>[];

/** A home whose v1 has made some blocks and is stopped. */
export async function stopped(t: TestContext): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: {} });
  const supervisor = run.start();
  await run.reached(3);
  await expectCleanStop(t.expect, run, supervisor);
  return run;
}

/** The same with a backup as cosmovisor leaves it: a plain copy, without a manifest. */
export async function withForeign(t: TestContext): Promise<{ run: FakeRun; name: string }> {
  const run = await stopped(t);
  const { stdout } = await backup(run, 'create', '--strategy', 'copy', '-o', 'json');
  const path = String(json(stdout)['path']);
  const name = 'data-backup-2024-3-5';
  await rm(join(path, '.chainvisor-backup'), { recursive: true });
  await rename(path, join(run.home.home, name));
  return { run, name };
}
