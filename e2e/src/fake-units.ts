import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';

import { fakeRun, type FakeRun } from './fake-run.ts';
import { stagerProgram } from './stager.ts';
import { program, runProgram } from './supervisor.ts';

/** Why `systemd-analyze` and `systemctl` cannot be asked here; undefined where they can. */
export function systemdRefused(): string | undefined {
  const { error } = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' });
  return error === undefined ? undefined : 'needs systemd-analyze and systemctl';
}

/** Why units cannot name the programs of this checkout; undefined where they can. */
export function checkoutRefused(): string | undefined {
  const short = [program, stagerProgram, process.execPath].find((path) =>
    /^\/(?:tmp|var\/tmp|run|dev\/shm)\//.test(path),
  );
  return short === undefined ? undefined : `${short} lies where it does not stay`;
}

/** A home, and an image that units are installed into. */
export interface UnitRun {
  readonly run: FakeRun;
  /** The image. */
  readonly root: string;
  /** A path in it. */
  readonly at: (path: string) => string;
  /** The environment of all commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of `chainvisor systemd`. */
  readonly systemd: (...args: readonly string[]) => ReturnType<typeof runProgram>;
  /** The same of `chainvisor-stager`. */
  readonly stager: (...args: readonly string[]) => ReturnType<typeof runProgram>;
}

/** What stands behind every `render` and `install`: a user that every machine has, and a program that stays. */
export const always = ['--user', 'daemon', '--exec', '/bin/sh'];

/** Makes both, gone with the test. */
export async function unitRun(t: TestContext): Promise<UnitRun> {
  const run = await fakeRun(t, { chain: {} });
  const root = join(run.home.dir, 'image');
  await mkdir(root);
  const { DAEMON_HOME, DAEMON_NAME, PATH } = run.home.env();
  const env = { DAEMON_HOME: DAEMON_HOME ?? '', DAEMON_NAME: DAEMON_NAME ?? '', PATH: PATH ?? '' };
  return {
    run,
    root,
    env,
    at: (path) => join(root, path),
    systemd: (...args) => runProgram(['systemd', ...args], env),
    stager: (...args) => runProgram(['systemd', ...args], env, undefined, stagerProgram),
  };
}

/** The files that `render` prints, by their paths. */
export function renderedFiles(stdout: string): ReadonlyMap<string, string> {
  const parts = stdout.split(/^# (\/\S+)\n/m).slice(1);
  return new Map(parts.flatMap((path, index) => (index % 2 === 0 ? [[path, parts[index + 1] ?? '']] : [])));
}

/** What systemd says of a unit: nothing, where it is well. */
export function verify(path: string): string {
  const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', path], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

/** `enabled`, `disabled` … */
export function isEnabled(root: string, unit: string): string {
  const { stdout } = spawnSync('systemctl', [`--root=${root}`, 'is-enabled', unit], { encoding: 'utf8' });
  return stdout.trim();
}

/** Where the files of palomad are. */
export const environmentFile = '/etc/chainvisor/palomad.env';
export const unitFile = '/etc/systemd/system/palomad.service';

/** Writes a file, its directories too. Resolves to its path. */
export async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** Writes the files that `render` printed to where systemd-analyze finds them, and asks it. */
export async function verified(
  t: TestContext,
  { at }: UnitRun,
  stdout: string,
  units: readonly string[],
): Promise<void> {
  const files = renderedFiles(stdout);
  for (const [path, text] of files) await put(at(path), text);
  t.expect([...files.keys()]).toEqual(t.expect.arrayContaining([...units]));
  for (const unit of units) t.expect(verify(at(unit))).toBe('');
}
