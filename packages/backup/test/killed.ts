import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('runner.js', import.meta.url));

/** How a run ended: by itself, or by our SIGKILL. A failure of its own is neither, and rejects. */
export type End = 'done' | 'killed';

/** Runs it as a process of its own, and kills it once `until` resolves. */
export async function run(what: string, options: unknown, until?: () => Promise<unknown>): Promise<End> {
  const child = spawn(process.execPath, [RUNNER, what, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  if (until !== undefined) {
    await Promise.race([until(), exited]);
    child.kill('SIGKILL');
  }
  return endOf(await exited);
}

/** Runs it so that it is killed when it enters that system call for the nth time. All calls go through one thread. */
export async function runUntil(what: string, options: unknown, call: string, nth: number): Promise<End> {
  const inject = `inject=${call}:signal=SIGKILL:when=${nth}`;
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  const child = spawn('strace', [...args, process.execPath, RUNNER, what, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  return endOf(await once(child, 'exit'));
}

function endOf([code, signal]: unknown[]): End {
  if (code === 0) return 'done';
  if (signal === 'SIGKILL') return 'killed';
  throw new Error(`it ended with ${String(code)} ${String(signal)}`);
}

/** Why strace cannot be used here; undefined where it can. */
export function whyNoStrace(): string | undefined {
  try {
    execFileSync('strace', ['-o', '/dev/null', '-e', 'inject=rename:signal=SIGKILL:when=9', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').join(' ').trim();
  }
}

/**
 * The system calls by which this package changes a disk, and at how many apart a kill is tried: at each that changes what
 * a name leads to.
 */
export const CALLS = {
  mkdir: 1,
  rename: 1,
  link: 1,
  symlink: 1,
  unlink: 1,
  rmdir: 1,
  copy_file_range: 2,
  pwrite64: 2,
  write: 5,
  fsync: 2,
  fchmod: 2,
  utimensat: 5,
  ftruncate: 1,
};
