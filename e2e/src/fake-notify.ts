import { testDir, waitFor } from '@chainvisor/testkit';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

import type { FakeRun } from './fake-run.ts';

const script = fileURLToPath(new URL('./fake-notify-listener.py', import.meta.url));
const tools = { PATH: process.env['PATH'] };
const python = 'python3';
const notify = 'systemd-notify';

/** Why nobody can listen, or tell, here; undefined where both can be done. */
export function notifyRefused(): string | undefined {
  for (const tool of [python, notify]) {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' });
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

/** One message, as systemd would have it. */
export interface Told {
  /** When it arrived, milliseconds since 1970. */
  readonly at: number;
  /** Who has sent it. As root, systemd-notify speaks in the name of its parent. */
  readonly pid: number;
  /** Its assignments. */
  readonly set: Readonly<Record<string, string>>;
  /** The nodes of the home that lived when it arrived. */
  readonly nodes: readonly number[];
}

/** Somebody who listens at NOTIFY_SOCKET in the place of systemd. */
export interface Listener {
  /** Sets NOTIFY_SOCKET. */
  readonly env: Readonly<Record<string, string>>;
  /** The file that messages are written to as they come. */
  readonly file: string;
  /** All messages so far, in their order. */
  readonly told: () => readonly Told[];
  /** Resolves to the first message whose status matches. */
  readonly status: (pattern: RegExp) => Promise<Told>;
  /** Resolves to all messages, once every one that was sent before this call is among them. */
  readonly all: () => Promise<readonly Told[]>;
}

/** Starts a listener, at a path or an abstract name; it ends with the test, and is no process of the home. */
export async function listen(t: TestContext, run: FakeRun, kind: 'path' | 'abstract' = 'path'): Promise<Listener> {
  const dir = await testDir();
  const name = `notify-${randomBytes(6).toString('hex')}`;
  const socket = kind === 'path' ? join(dir, name) : `@chainvisor-${name}`;
  const file = join(dir, `${name}.jsonl`);
  const output = openSync(file, 'w');
  const child = spawn(python, [script], { env: tools, cwd: '/', stdio: ['pipe', output, 'inherit'] });
  child.stdin?.end(`${socket}\n${run.at('/')}\n`);
  closeSync(output);
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(`--- told\n${readFileSync(file, 'utf8')}`);
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true });
  });
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const told = () => lines().slice(1).map(parse);
  await waitFor('the listener', () => lines().length > 0, { timeout: 60_000 });
  const env = { NOTIFY_SOCKET: socket };
  return {
    env,
    file,
    told,
    status: (pattern) =>
      waitFor(`a status like ${String(pattern)}`, () => told().find(({ set }) => pattern.test(set['STATUS'] ?? '')), {
        timeout: 90_000,
      }),
    all: async () => {
      // The socket keeps the order: what was sent before has come before.
      const mark = randomBytes(6).toString('hex');
      execFileSync(notify, [`X_MARK=${mark}`], { env: { ...tools, ...env } });
      const at = await waitFor('the mark', () => {
        const found = told().findIndex(({ set }) => set['X_MARK'] === mark);
        return found < 0 ? undefined : found;
      });
      return told().slice(0, at);
    },
  };
}

function parse(line: string): Told {
  const { text, ...rest } = JSON.parse(line) as Omit<Told, 'set'> & { readonly text: string };
  const set = text.split('\n').map((assignment) => {
    const at = assignment.indexOf('=');
    return [assignment.slice(0, at), assignment.slice(at + 1)];
  });
  return { ...rest, set: Object.fromEntries(set) as Record<string, string> };
}

/** The variables of a live process. */
export function environmentOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
}

/** The names of variables that are systemd's word to its own service. */
export const serviceVariable = /^(?:NOTIFY_SOCKET|WATCHDOG_\w+|LISTEN_\w+)=/;

/** Live processes, zombies not counted, that would tell something at this socket, but for the supervisor itself. */
export function tellersAt(socket: string, supervisor: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === supervisor) return false;
      try {
        return environmentOf(pid).includes(`NOTIFY_SOCKET=${socket}`);
      } catch {
        // Gone, or another user's.
        return false;
      }
    });
}
