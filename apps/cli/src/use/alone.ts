import { databaseLockFiles } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { endRestore } from '../backup/end-restore.js';
import { CliError } from '../errors.js';
import { isDirectory } from '../is-directory.js';
import { writeTo } from '@chainvisor/report';
import { lockHome } from '../supervise/home-lock.js';
import { occupantOf } from '../supervise/occupant.js';
import { giveBack } from './give-back.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Does the work while no supervisor and no node lives on this home, and none can come (invariant A2); a restore that was cut
 * short is ended first. `command` is what a supervisor that is started meanwhile names. Throws RunnerError RUNNER_HOME_LOCKED, CliError `locked`, both naming who lives.
 */
export async function alone<T>(layout: Layout, env: Env, command: string, work: () => Promise<T>): Promise<T> {
  if (!isDirectory(layout.root)) {
    throw new CliError('disk', `${layout.root} is not a directory`, {
      hint: 'run `chainvisor init <path to binary>`, or set DAEMON_HOME to the home that holds cosmovisor/',
    });
  }
  const lock = await lockHome(layout, env, [command], (message) => writeTo(2, `warning: ${message}\n`));
  try {
    const node = await nodeOn(layout);
    if (node !== undefined) {
      throw new CliError('locked', `something still runs on this home: ${node}`, {
        reason: 'what it writes, and what is changed now, would not belong together',
        hint: 'stop it, and type this again',
      });
    }
    if (!lock.isClear) {
      throw new CliError('locked', `something that cannot be seen from here holds ${layout.lock}`, {
        reason: 'a node may still run on this home as another user, or in another container, PID namespace or host',
        hint: 'stop it there, and type this again',
      });
    }
    await endRestore(layout, (message) => writeTo(2, `warning: ${message}\n`));
    return await work();
  } finally {
    await giveBack(layout).catch(() => undefined);
    lock.release();
  }
}

/** Who lives on this home, a supervisor first; undefined where nobody does. Takes no lock and changes nothing. */
export async function whoLives(layout: Layout): Promise<string | undefined> {
  const supervisor = holderOf([layout.supervisorLock]);
  if (supervisor !== undefined) return `a supervisor lives, ${supervisor}`;
  const node = await nodeOn(layout);
  return node === undefined ? undefined : `something runs, ${node}`;
}

async function nodeOn(layout: Layout): Promise<string | undefined> {
  return holderOf([layout.lock, ...(await databaseLockFiles(layout.home))]);
}

function holderOf(files: readonly string[]): string | undefined {
  const occupant = occupantOf(files);
  return occupant && `${occupant.who} (${occupant.command}) holds ${occupant.file}`;
}
