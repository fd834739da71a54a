import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'vitest';

import type { SupervisorEnd } from './supervisor.ts';

/** A process that no supervisor has started. */
export interface Stranger {
  readonly pid: number;
  /** Both of its streams so far. */
  log(): string;
  readonly ended: Promise<SupervisorEnd>;
  end(): SupervisorEnd | undefined;
  kill(signal: NodeJS.Signals): void;
}

export interface StrangerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Files that it has open for reading, without a lock on them. */
  readonly open?: readonly string[];
}

/** Starts a command by hand; it is killed after the test where it still lives. Nothing of the caller's environment is passed on but PATH. */
export function startStranger(
  t: TestContext,
  [file = '', ...args]: readonly string[],
  { env = {}, open = [], ...more }: StrangerOptions = {},
): Stranger {
  const files = open.map((path) => openSync(path, 'r'));
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...files],
    ...more,
  });
  files.forEach((descriptor) => closeSync(descriptor));
  let text = '';
  let end: SupervisorEnd | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const ended = new Promise<SupervisorEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => (end = { code, signal }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // Who waits for it is told; a test that does not is not failed by it.
  ended.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${file}`);
  t.onTestFinished(() => {
    if (end === undefined) child.kill('SIGKILL');
  });
  return { pid, log: () => text, ended, end: () => end, kill: (signal) => void child.kill(signal) };
}
