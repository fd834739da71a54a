import type { RunningChild } from '@chainvisor/runner';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Context } from './context.js';

/** By then a node has opened its databases, also on a slow disk; said once, it does not matter how late. */
const lookAfter = 20_000;

/**
 * A node that holds nothing open under `<home>/data` writes its files elsewhere, most often for want of `--home`: its
 * upgrade-info.json would appear where nobody looks. Said once, loudly.
 */
export function warnIfElsewhere({ layout, log }: Context, child: RunningChild): { close(): void } {
  const timer = setTimeout(() => {
    if (child.ending !== undefined || holdsOpenUnder(child.pid, layout.data) !== false) return;
    log.error(
      'the node holds no file open under its data directory: it works on another home, and its upgrades will not be seen',
      {
        data: layout.data,
        do: `start it with --home ${layout.home}, or set DAEMON_HOME to the home it uses`,
      },
    );
  }, lookAfter);
  return { close: () => clearTimeout(timer) };
}

/** Whether a process or one of its descendants holds a file under `dir` open; undefined where /proc does not say. */
function holdsOpenUnder(pid: number, dir: string): boolean | undefined {
  try {
    const under = realpathSync(dir) + sep;
    const fds = join('/proc', String(pid), 'fd');
    if (readdirSync(fds).some((fd) => linkText(join(fds, fd)).startsWith(under))) return true;
    return childrenOf(pid).some((child) => holdsOpenUnder(child, dir) !== false);
  } catch {
    return undefined;
  }
}

/** A shell wrapper's node is its child. */
function childrenOf(pid: number): number[] {
  const tasks = join('/proc', String(pid), 'task');
  const texts = readdirSync(tasks).map((task) => readFileSync(join(tasks, task, 'children'), 'utf8'));
  return texts
    .flatMap((text) => text.split(' '))
    .filter((word) => word !== '')
    .map(Number);
}

function linkText(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
