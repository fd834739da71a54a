import { waitFor } from '@chainvisor/testkit';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'vitest';

import type { FakeRun } from './fake-run.ts';
import { startStranger, type Stranger } from './stranger.ts';
import { program } from './supervisor.ts';

/** Another PID namespace to run in, as a container has one. */
export interface Namespace {
  readonly title: string;
  readonly command: readonly string[];
}

/** A user whom most machines have, and who owns nothing. */
export const nobody = 65534;

export const namespaces: readonly Namespace[] = [
  { title: 'of root', command: ['unshare', '-pf', '--mount-proc', '--kill-child'] },
  { title: 'of a user', command: ['unshare', '-Urpf', '--mount-proc', '--kill-child'] },
];

/** Why a namespace cannot be had here, to be put into a title; empty where it can. */
export function refusedHere({ command: [file = '', ...args] }: Namespace): string {
  return spawnSync(file, [...args, 'true']).status === 0 ? '' : ` (skipped: \`${file} ${args.join(' ')}\` is refused)`;
}

/** Why nobody else can run the program here, to be put into a title; empty where somebody can. */
export function aloneHere(): string {
  if (process.getuid?.() !== 0) return ' (skipped: only root can be another user)';
  const { status } = spawnSync(process.execPath, [program, 'version', '--cosmovisor-only'], {
    uid: nobody,
    gid: nobody,
    env: {},
  });
  return status === 0 ? '' : ` (skipped: user ${nobody} may not read the program)`;
}

/** Starts the built program in another namespace, alone there or behind a process that outlives it. */
export function startIn(t: TestContext, run: FakeRun, { command }: Namespace, place: 'alone' | 'behind'): Stranger {
  const start = [process.execPath, program, 'run', 'start', '--home', run.home.home];
  // The shell is the init of the namespace: without it everything there ends with the supervisor.
  const whole = place === 'alone' ? start : ['sh', '-c', '"$@"; sleep 600', 'sh', ...start];
  return startStranger(t, [...command, ...whole], { env: run.home.env(), cwd: run.home.dir });
}

/** The one child of a process, as its number is here. */
export function childOf(pid: number): Promise<number> {
  return waitFor(`the child of ${pid}`, async () => {
    const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
    return child === 0 ? undefined : child;
  });
}
