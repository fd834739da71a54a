import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

import { type MountSpace, mountSpaceRefused } from './mount-space.ts';

/** Mounts a file system of which nobody answers the questions: whoever asks waits, as on a network disk that is gone. */
const script = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('/dev/fuse', os.O_RDWR)
directory = sys.stdin.readline().rstrip('\\n')
options = 'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd
if libc.mount(b'chainvisor-hang', os.fsencode(directory), b'fuse', 0, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print('mounted', flush=True)
sys.stdin.read()
`;

/** Why nothing can be made to hang here; undefined where it can. */
export function hangRefused(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to mount';
  if (!existsSync('/dev/fuse')) return 'needs /dev/fuse';
  try {
    execFileSync('python3', ['-c', 'import ctypes'], { stdio: 'pipe' });
  } catch {
    return 'needs python3';
  }
  return mountSpaceRefused();
}

/** Has a directory hang in that space until the test is over. */
export async function hang(t: TestContext, space: MountSpace, directory: string): Promise<void> {
  const keeper = spawn('env', [...space.enter, 'python3', '-c', script], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(keeper, 'exit');
  // Not in its arguments: it is not one of the processes of the home.
  keeper.stdin.write(`${directory}\n`);
  t.onTestFinished(async () => {
    // With its end the questions are answered: by an error.
    keeper.kill('SIGKILL');
    await ended;
  });
  const [said] = (await Promise.race([once(keeper.stdout, 'data'), ended])) as [unknown];
  if (String(said).trim() !== 'mounted') throw new Error(`cannot mount a file system on ${directory}`);
}
