import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Layout, readCurrent } from '@chainvisor/layout';
import { exitCodeOf, runThrough } from '@chainvisor/runner';
import { childEnv } from './child-env.js';
import { CliError } from './errors.js';

/** The directory whose binary is the node's now: what `current` names, or `genesis` before there is a link. */
export async function currentDir(layout: Layout): Promise<string> {
  const current = await readCurrent(layout);
  switch (current.state) {
    case 'linked':
      return current.dir;
    case 'absent':
      return layout.genesis;
    case 'dangling':
      throw new CliError('binary', `${layout.current} points to ${current.target}, which is gone`, {
        hint: 'start the node with `chainvisor run start`, which sets the link right, or say which it is: chainvisor use <name>',
      });
    case 'not-a-link':
      throw new CliError('disk', `${layout.current} is a ${current.kind}, not a link`, { hint: 'move it away' });
  }
}

/**
 * Runs a command of the node's binary that is no node (`version`, `status`, `keys add`): its streams and terminal are
 * ours, its code is the result. No lock, journal, watcher, data directory or log line: exporters call these beside a
 * live node, as other users.
 */
export async function passThrough(
  layout: Layout,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const dir = await currentDir(layout);
  const file = binaryIn(layout, dir);
  const binary = await checkExecutable(file);
  if (!binary.ok) {
    throw new CliError('binary', `the binary cannot run: ${file}`, {
      reason: binary.detail,
      hint: `put ${layout.daemon} there, executable`,
    });
  }
  const child = await runThrough({ file, args, env: childEnv(env, dir), relayed });
  return exitCodeOf(await child.ended);
}

const relayed = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
