import { spawn, spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/**
 * Calls that change what is on disk, under their names on all architectures; `?` where one does not have it. `write` is none
 * of them: that is also how threads wake each other.
 */
const changing = [
  ...['?mkdir', 'mkdirat', '?rmdir', '?unlink', 'unlinkat', '?rename', '?renameat', 'renameat2'],
  ...['?symlink', 'symlinkat', '?link', 'linkat', '?chmod', 'fchmod', 'fchmodat', '?chown', 'fchown', 'fchownat'],
  ...['truncate', 'ftruncate', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'copy_file_range'],
].join(',');

/** A call that changes the disk, as strace finds it again in another run of the same program. */
export interface DiskStep {
  readonly call: string;
  /** The how manieth of that name in its thread, from 1: strace counts `when` for each name and each thread. */
  readonly nth: number;
  /** What it was about, for a message. */
  readonly shown: string;
}

/** What makes all steps of a program those of its main thread and of one more, the same in each run. */
export const oneWorker = { UV_THREADPOOL_SIZE: '1' };

/** Why strace cannot disturb a program here; undefined where it can. */
export function straceRefused(): string | undefined {
  const [file = '', ...args] = disturbing({ call: 'fsync', nth: 1 }, 'error=EIO');
  const { error, status, stderr } = spawnSync(file, [...args, 'true'], { encoding: 'utf8' });
  if (error !== undefined) return `strace cannot be run: ${error.message}`;
  return status === 0 ? undefined : `strace cannot trace: ${stderr.split('\n', 1).join('')}`;
}

/** The beginning of a command that writes down the steps of the program behind it. */
export function recording(log: string): readonly string[] {
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-y', '-o', log, '-e', `trace=${changing}`];
}

/** The beginning of a command whose program meets a fault, in strace's words, where it makes that step: `error=ENOSPC`. */
export function disturbing({ call, nth }: Omit<DiskStep, 'shown'>, fault: string): readonly string[] {
  const filter = ['-e', `trace=${call}`, '-e', `inject=${call}:${fault}:when=${nth}`];
  // Only the calls that are asked for are stopped at then, which is faster; but strace forgets the signals.
  const fast = fault.includes('signal=') ? [] : ['--seccomp-bpf'];
  return ['strace', '-f', ...fast, '-qq', '-o', '/dev/null', ...filter];
}

/**
 * Has strace do to a process that runs already what it would do to the one behind that beginning of a command. Counts begin
 * there. Resolves once it has all its threads; it lets go of them when the test is over.
 */
export async function attach(t: TestContext, pid: number, [file = '', ...args]: readonly string[]): Promise<void> {
  // With these it would not say when it has them, or not have them at all.
  const rest = args.filter((arg) => !['-qq', '--seccomp-bpf'].includes(arg));
  const strace = spawn(file, [...rest, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => strace.once('close', () => resolve()));
  t.onTestFinished(async () => {
    strace.kill('SIGTERM');
    await ended;
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    strace.once('error', reject).once('close', () => reject(new Error(`strace ended: ${said}`)));
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/ attached/.test(said)) resolve();
    });
  });
}

/**
 * The steps that were written down, in their order. Calls that failed have changed nothing and are left out. Throws where
 * two of the rest could not be told apart: the first of them would always be met.
 */
export function readSteps(trace: string): readonly DiskStep[] {
  const counts = new Map<string, number>();
  const begun = new Map<string, DiskStep>();
  const steps = new Map<DiskStep, boolean>();
  for (const line of trace.split('\n')) {
    const [, thread = '', resumed, call = '', rest = ''] = /^(\d+) +(<\.\.\. )?(\w+)(.*)$/.exec(line) ?? [];
    if (call === '') continue;
    const key = `${thread} ${call}`;
    if (resumed === undefined) {
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      begun.set(thread, { call, nth, shown: `${call}${rest}` });
    }
    const step = begun.get(thread);
    if (step !== undefined) steps.set(step, /= \d+$/.test(rest));
  }
  const done = [...steps].filter(([, succeeded]) => succeeded).map(([step]) => step);
  const met = new Map<string, DiskStep>();
  for (const step of done) {
    const key = `${step.call} ${step.nth}`;
    const other = met.get(key);
    if (other !== undefined) throw new Error(`two threads have a call ${key}: ${other.shown}, ${step.shown}`);
    met.set(key, step);
  }
  return done;
}
