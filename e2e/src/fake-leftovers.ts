import { killUnder, waitFor } from '@chainvisor/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { type FakeRun, release } from './fake-run.ts';
import { readLines, writeScript } from './fake-scripts.ts';

/** How a process that was left behind takes SIGTERM. */
export type Manner = 'polite' | 'stubborn';

/**
 * Shell lines that start a process which lives in a session of its own, is nobody's child, and holds what the shell has inherited; they are over once
 * its pid is in the file.
 */
export function leaveBehind(pidFile: string, manner: Manner = 'polite'): string {
  const ignore = manner === 'stubborn' ? "trap '' TERM; " : '';
  return `
    setsid sh -c '(sh -c "$1" "" "$2" </dev/null >/dev/null 2>&1 &)' "" "${ignore}echo \\$\\$ >> \\"\\$1\\"; exec sleep 600" "${pidFile}"
    while [ ! -s "${pidFile}" ]; do sleep 0.02; done`;
}

/** Where the pids are that the nodes of a home have left behind. */
export function leftoversOf({ home }: FakeRun): string {
  return join(home.dir, 'left.txt');
}

/** Ends after the test whoever a defect has left behind: nobody else knows of them. */
export function endLeftovers(t: TestContext, { home }: FakeRun): void {
  t.onTestFinished(() => killUnder(home.dir));
}

/** Makes the genesis binary a shell wrapper: `before` is run, then the fake node in its place. Other commands go to the node at once. */
export async function wrapGenesis(run: FakeRun, before: string): Promise<void> {
  await wrapNode(run, run.home.genesisBinary, 'v1', `${before}\nexec "$real" "$@"`);
}

/** Puts a shell wrapper in the place of a binary: `body` is run for `start`, with the path of the fake node in `real`, which it resolves to. */
export async function wrapNode(run: FakeRun, path: string, version: string, body: string): Promise<string> {
  const real = join(run.home.dir, 'real', version, run.home.daemon);
  await run.home.install(real, release(run.profile, version));
  await writeScript(path, `real="${real}"\n[ "$1" = start ] || exec "$real" "$@"\n${body}`);
  return real;
}

/** Stages v2 behind a wrapper that looks, the moment that it is started, whether a process that was left behind lives: a line for each. */
export async function stageWitness(
  run: FakeRun,
): Promise<{ readonly real: string; readonly seen: () => Promise<string[]> }> {
  const witness = join(run.home.dir, 'witness.txt');
  const real = await wrapNode(
    run,
    run.at('upgrades/v2/bin/palomad'),
    'v2',
    `while read -r pid; do
      state=gone
      grep '^State:' "/proc/$pid/status" 2>/dev/null | grep -qv Z && state=alive
      echo "$state" >> "${witness}"
    done < "${leftoversOf(run)}"
    exec "$real" "$@"`,
  );
  return { real, seen: () => readLines(witness) };
}

/** Resolves to the pid of the process that was left behind, once it is there; throws where it does not live. */
export async function leftBehind(run: FakeRun): Promise<number> {
  const [line] = await waitFor('what was left behind', async () => {
    const lines = await readLines(leftoversOf(run));
    return lines.length > 0 && lines;
  });
  const pid = Number(line);
  const [ppid, , session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) . /s, '')
    .split(' ');
  if (session === undefined || ppid === undefined) throw new Error(`process ${line ?? ''} does not live`);
  return pid;
}
