import { waitFor } from '@chainvisor/testkit';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

import type { FakeRun } from './fake-run.ts';
import { program, type SupervisorEnd } from './supervisor.ts';

/** Root needs no user namespace; others are given one in which they are root. */
const flags = process.getuid?.() === 0 ? ['--pid', '--fork', '--mount-proc'] : ['-Urpf', '--mount-proc'];

/** Why this system gives us no PID namespace; undefined where it does. */
export async function whyNoPidNamespace(): Promise<string | undefined> {
  try {
    await promisify(execFile)('unshare', [...flags, 'true'], { timeout: 30_000 });
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.trim().split('\n').at(-1);
  }
}

/** A supervisor that is PID 1 of a namespace of its own, as in a container without an init. */
export interface Container {
  /** Its pid as we see it. */
  readonly pid: number;
  readonly log: () => string;
  /** How `unshare` ended, which passes on how its child has. */
  readonly ended: Promise<SupervisorEnd>;
  /** Zombies whose parent is the supervisor. */
  readonly zombies: () => number[];
  readonly saw: (pattern: RegExp) => Promise<void>;
}

/** Starts the built program as PID 1 on the home of a run; where it still lives after the test, all of the namespace is killed. */
export async function startAsPidOne(
  t: TestContext,
  { home }: FakeRun,
  env: Readonly<Record<string, string>> = {},
): Promise<Container> {
  const command = [process.execPath, program, 'run', 'start', '--home', home.home];
  const child = spawn('unshare', [...flags, '--', ...command], {
    env: home.env(env),
    cwd: home.dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  let end: SupervisorEnd | undefined;
  const ended = new Promise<SupervisorEnd>((resolve) => {
    child.once('close', (code, signal) => resolve((end = { code, signal })));
  });
  t.onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(`=== ${task.name}\n${log}`);
    // The death of PID 1 is that of everybody in its namespace.
    if (end === undefined) for (const { pid } of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGKILL');
    await ended;
  });
  const pid = await waitFor('PID 1', () => childrenOf(child.pid ?? 0)[0]?.pid);
  return {
    pid,
    log: () => log,
    ended,
    zombies: () =>
      childrenOf(pid)
        .filter(({ state }) => state === 'Z')
        .map((each) => each.pid),
    saw: async (pattern) => {
      await waitFor(`a line like ${String(pattern)}`, () => pattern.test(log) || end !== undefined, {
        timeout: 90_000,
      });
      if (!pattern.test(log)) throw new Error(`it ended without a line like ${String(pattern)}:\n${log}`);
    },
  };
}

function childrenOf(parent: number): { readonly pid: number; readonly state: string }[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid))
    .flatMap((pid) => {
      const found = parentOf(pid);
      return found?.parent === parent ? [{ pid, state: found.state }] : [];
    });
}

function parentOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
