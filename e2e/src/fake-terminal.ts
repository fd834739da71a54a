import { testDir, waitFor } from '@chainvisor/testkit';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const run = promisify(execFile);

/** Why there is no terminal to be had; undefined where there is one. */
export async function whyNoTerminal(): Promise<string | undefined> {
  try {
    await run('tmux', ['-V']);
    return undefined;
  } catch {
    return 'tmux is not installed';
  }
}

/** A shell in a terminal. */
export interface Terminal {
  /** Types a line and the return key. */
  readonly type: (line: string) => Promise<void>;
  /** Presses keys by tmux's names: `C-c`. */
  readonly press: (key: string) => Promise<void>;
  /** Resolves once what the terminal shows, with what has scrolled away, matches. */
  readonly shows: (pattern: RegExp) => Promise<void>;
}

/** Opens a terminal by a tmux server of its own, which is gone after the test; the environment is `env` alone. */
export async function openTerminal(t: TestContext, env: Readonly<Record<string, string>>): Promise<Terminal> {
  const dir = await testDir('terminal-');
  const tmux = (...args: string[]) =>
    run('tmux', ['-S', join(dir, 'socket'), '-f', '/dev/null', ...args], { env, cwd: dir });
  const screen = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-', '-t', 'test')).stdout;
  t.onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(await screen().catch(() => 'the terminal is gone'));
    await tmux('kill-server').catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  });
  await tmux('new-session', '-d', '-s', 'test', '-x', '250', '-y', '50', '/bin/sh');
  return {
    type: async (line) => {
      await tmux('send-keys', '-t', 'test', '-l', line);
      await tmux('send-keys', '-t', 'test', 'Enter');
    },
    press: async (key) => {
      await tmux('send-keys', '-t', 'test', key);
    },
    shows: async (pattern) => {
      await waitFor(`${String(pattern)} on the terminal`, async () => pattern.test(await screen()), {
        timeout: 60_000,
      });
    },
  };
}
