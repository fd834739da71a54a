import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { RealHome } from './home.ts';

/** How a process ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A node that runs without a supervisor. */
export interface BareNode {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Sends SIGTERM and waits for the end. */
  readonly stop: () => Promise<Ending>;
  /** What it has written to both streams so far. */
  readonly log: () => Promise<string>;
}

/** Starts a binary on a home by itself, its streams into a file of the home's: a pipe that nobody drains would stall the chain. */
export async function startBareNode(
  home: RealHome,
  binary: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BareNode> {
  const logPath = join(await mkdtemp(join(home.env()['TMPDIR'] ?? '', 'log-')), 'node.log');
  const output = openSync(logPath, 'a');
  try {
    const child = spawn(binary, ['start', ...home.args], { env: home.env(env), stdio: ['ignore', output, output] });
    const ended = new Promise<Ending>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // The spawn's failure is told below; an end that nobody waits for is no error.
    ended.catch(() => undefined);
    const { pid } = child;
    if (pid === undefined)
      throw new Error(`cannot start ${binary}`, { cause: await ended.catch((error: unknown) => error) });
    return {
      pid,
      ended,
      stop: () => {
        child.kill('SIGTERM');
        return ended;
      },
      log: () => readFile(logPath, 'utf8'),
    };
  } finally {
    closeSync(output);
  }
}
