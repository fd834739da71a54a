import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { BinaryError } from './errors.js';

const LOOK_AGAIN = 10;
const KILL_TIME = 5_000;

/**
 * Kills all that belongs to a run: who is in its session, whatever the process group, and who left it but still has the mark,
 * a text that no other process has, in its environment or working directory. Resolves when none of them lives.
 *
 * @throws BinaryError BINARY_WILL_NOT_END when one outlives SIGKILL by five seconds.
 */
export async function killAll(session: number, mark: string): Promise<void> {
  const deadline = performance.now() + KILL_TIME;
  // One that dies while we look may have forked another that is not in our list: "nobody" must be seen twice.
  for (let quiet = 0; quiet < 2;) {
    const live = liveMembers(session, mark);
    quiet = live.length === 0 ? quiet + 1 : 0;
    for (const pid of live) kill(pid);
    if (live.length === 0) continue;
    if (performance.now() > deadline) {
      throw new BinaryError(
        'BINARY_WILL_NOT_END',
        `what \`version\` started does not end on SIGKILL: process ${live.join(', ')}`,
        'such a process waits for a disk or network that does not answer: see its state with ps, and dmesg',
      );
    }
    await pause(LOOK_AGAIN);
  }
}

/**
 * Kills what runs of `readVersion` have left whose process was killed itself: everything whose throw-away directories lie
 * below `tmpParent`. Resolves when none of them lives.
 *
 * @throws BinaryError BINARY_WILL_NOT_END.
 */
export async function killLeftRuns(tmpParent: string): Promise<void> {
  await killAll(NO_SESSION, `${tmpParent}/`);
}

const NO_SESSION = -1;

function liveMembers(session: number, mark: string): readonly number[] {
  const live: number[] = [];
  for (const entry of entriesOfProc()) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const stat = read(pid, 'stat');
    // The name, in parentheses, may contain anything.
    const [state, , , ofSession] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '' || state === 'Z' || state === 'X') continue;
    if (Number(ofSession) === session || read(pid, 'environ').includes(mark) || workingDirectory(pid).includes(mark)) {
      live.push(pid);
    }
  }
  return live;
}

function entriesOfProc(): readonly string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

/** Empty for a process that is gone, or another user's. */
function read(pid: number, file: 'stat' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already; or another user's, which the next look tells.
  }
}
