import { reasonOf } from '@chainvisor/report';
import { databaseLockFiles, homeOf } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { type HomeLock, RunnerError, takeHomeLock } from '@chainvisor/runner';
import { CliError } from '../errors.js';
import type { Context } from './context.js';
import { occupantOf } from './occupant.js';

/**
 * Makes this the only supervisor of the home (invariant A2) until it is released or the process ends; `args` of our command
 * line are what another one names. Throws RunnerError RUNNER_HOME_LOCKED, naming the other one.
 */
export function lockHome(
  layout: Layout,
  env: Context['env'],
  args: readonly string[],
  onWarning: (message: string) => void,
): Promise<HomeLock> {
  return takeHomeLock({
    dir: layout.own,
    directories: { supervisor: layout.root, children: layout.home },
    command: ['chainvisor', ...args].join(' '),
    env,
    onWarning,
  });
}

/** The descriptors by which whatever is run on this home holds its lock, so that it is found should we be killed. */
export function homeDescriptors({ lock }: Pick<Context, 'lock'>): readonly number[] {
  const { descriptor } = lock;
  return descriptor === undefined ? [] : [descriptor];
}

/** How a step's program is run on this home; `what` it is goes on record. */
export function holdingHome(ctx: Pick<Context, 'lock'>, what: string) {
  return { inherit: homeDescriptors(ctx), onStart: (pid: number) => ctx.lock.started(pid, what) };
}

/**
 * Before a backup, a switch and every start nobody lives on this home whom we, or a supervisor before us, have started
 * (invariant A3): who does is stopped politely, then by force. Throws RunnerError naming who cannot be stopped.
 */
export async function clearHome(ctx: Context): Promise<void> {
  await clear(ctx, ctx.operator.stop);
}

/**
 * As `clearHome`, at the end of the supervisor: not cut short by the signal that asks for it, and no error, as how the node
 * ended, or what went wrong before (`because`), is what is to be told. Who outlives it is found by the next start.
 */
export async function leaveNothingBehind(ctx: Context, because?: unknown): Promise<void> {
  // Tried already, and said.
  if (because instanceof RunnerError && triedAlready.has(because.code)) return;
  try {
    await clear(ctx, undefined);
  } catch (error) {
    ctx.log.error('something that was started on this home still lives', { reason: reasonOf(error) });
  }
}

const triedAlready: ReadonlySet<string> = new Set(['RUNNER_HOME_HELD', 'RUNNER_WILL_NOT_DIE', 'RUNNER_LOCK_DENIED']);

async function clear({ lock, log, notifier, settings }: Context, signal: AbortSignal | undefined): Promise<void> {
  const grace = settings.shutdownGrace;
  const named = (holders: readonly { readonly pid: number }[]) => holders.map(({ pid }) => pid).join(' ');
  await lock.clear({
    grace,
    ...(signal === undefined ? {} : { signal }),
    onFound: (holders) => {
      notifier.status('stopping what was started before and still lives on this home');
      log.warn('processes that were started before still live on this home: stopping them', {
        pids: named(holders),
        grace: `${grace}ms`,
      });
    },
    onOverdue: (holders) =>
      log.warn('they did not stop within their grace: killing them', { pids: named(holders), grace: `${grace}ms` }),
  });
}

/**
 * Whoever has the node's databases open and was not started by us is a node that somebody runs by hand, or a command like
 * `export`: named, never ended. Throws CliError `locked`.
 */
export async function refuseStrangers({ layout, args }: Pick<Context, 'layout' | 'args'>): Promise<void> {
  const occupant = occupantOf(await databaseLockFiles(homeOf(args, layout.home)));
  if (occupant === undefined) return;
  const { who, command, file } = occupant;
  throw new CliError(
    'locked',
    `the databases of this home are in use by ${who}, which is not on record as started by chainvisor`,
    {
      reason: `${command} holds ${file}`,
      hint: 'two nodes on one home sign twice: stop that one, or wait for its end, and start again',
    },
  );
}
