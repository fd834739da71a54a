import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';

const isRoot = process.getuid?.() === 0;
// A user who is not root is one in a user namespace of his own, where the system lets him have one.
const flags = isRoot ? ['-m', '--propagation', 'private'] : ['-Ur', '-m', '--propagation', 'private'];

/** A mount namespace of its own: what is mounted in there is seen by what was entered into it, and gone with the test. */
export interface MountSpace {
  /** Runs a shell script in there. Rejects where it fails. */
  readonly sh: (script: string) => Promise<void>;
  /** What enters it: put before a command. */
  readonly enter: readonly string[];
  /** The path by which we, outside, reach what is at a path in there. */
  readonly outside: (path: string) => string;
}

/** Why no such namespace can be had here; undefined where one can. */
export function mountSpaceRefused(): string | undefined {
  try {
    execFileSync('unshare', [...flags, 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'pipe' });
    execFileSync('nsenter', ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').join(' ').trim();
  }
}

/** Makes a mount namespace, kept by a shell that waits for scripts. */
export async function mountSpace(t: TestContext): Promise<MountSpace> {
  // Nothing of the home in its arguments, environment or directory: it is not one of the processes of the home.
  const keeper = spawn('unshare', [...flags, 'sh'], {
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(keeper, 'exit');
  t.onTestFinished(async () => {
    keeper.kill('SIGKILL');
    await ended;
  });
  const codes = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  const sh = async (script: string) => {
    keeper.stdin.write(`( set -e\n${script}\n) </dev/null >&2; echo $?\n`);
    const code = await codes.next();
    if (code.done === true || code.value !== '0') throw new Error(`ended with ${String(code.value)}: ${script}`);
  };
  // Answers only from inside.
  await sh('true');
  const users = isRoot ? [] : ['-U', '--preserve-credentials'];
  return {
    sh,
    enter: ['nsenter', '-t', String(keeper.pid), '-m', ...users],
    outside: (path) => `/proc/${keeper.pid}/root${path}`,
  };
}
