import { reasonOf } from '@chainvisor/report';
import { switchCurrent } from '@chainvisor/layout';
import { type Action, type ChildFact, decide, type Facts, type OpenUpgrade } from '@chainvisor/policy';
import { describeEnding, type Ending, exitCodeOf, type RunningChild } from '@chainvisor/runner';
import { type InfoFact, readInfo } from '@chainvisor/watcher';
import { carryOut } from '../upgrade/upgrade.js';
import { faultPoint } from '../fault-point.js';
import type { Context } from './context.js';
import { gather } from './gather.js';
import { targetDir } from './target.js';
import { clearHome, leaveNothingBehind } from './home-lock.js';
import { type InfoFile, watchInfoFile } from './info-file.js';
import { createNotes, type Notes } from './notes.js';
import { isStop, StoppedByOperator } from './operator.js';
import { refusalError } from './refusal.js';
import { restoreInfoFile } from './restore-info-file.js';
import { runNode } from './run-node.js';
import { recordSkipped } from './skipped.js';
import { stopNode } from './stop-node.js';
import { adviseOnWayBack } from './undo.js';
import { adviseOnUnreadable } from './unreadable-file.js';
import { checkValidatorState, recordValidatorState } from './validator-state.js';
import { adviseOnWrongBinary } from './wrong-binary.js';

/** What the policy is asked about next: a node that has just ended with some code, or none; or nothing more. */
type Turn =
  | {
      readonly child: Extract<ChildFact, { state: 'none' | 'ended' }>;
      readonly ending?: Ending;
      /** The file was put back after a node had ended over it: the next start is the second try. */
      readonly again?: boolean;
    }
  | { readonly exit: number };

/** An action that ends one binary's time, and what it rests on. */
interface ToDo {
  readonly action: Action;
  readonly file: InfoFact;
  /** What ran so far, as `current` names it. */
  readonly from: string;
  /** The node, where it still lives. */
  readonly child: RunningChild | undefined;
}

const noChild = { child: { state: 'none' } } as const;

/**
 * Supervises a node from its first start to the end of the last, alone on its home: asks the policy, does what it says,
 * and asks again. Resolves with the code to exit with: the node's own, or 128 + the signal that stopped us where no node
 * ran. Throws CliError where an upgrade or a start is not possible, RunnerError where somebody else lives on this home.
 */
export async function superviseAlone(ctx: Context): Promise<number> {
  try {
    await clearHome(ctx);
    faultPoint('cleared');
    await checkValidatorState(ctx);
    return await supervise(ctx);
  } catch (error) {
    await leaveNothingBehind(ctx, error);
    if (!isStop(error)) throw error;
    if (ctx.operator.failure() !== undefined) throw ctx.operator.failure();
    const exit = ctx.operator.exitCode() ?? 0;
    const what = 'stopped while no node was running; what was begun goes on at the next start';
    ctx.notifier.stopping(what);
    ctx.log.info(what, { exit });
    return exit;
  }
}

async function supervise(ctx: Context): Promise<number> {
  const info = await watchInfoFile(ctx.layout, ctx.settings.pollInterval, ctx.journal, ctx.log);
  const notes = createNotes(ctx.log);
  try {
    let turn: Turn = noChild;
    while (!('exit' in turn)) turn = await takeTurn(ctx, info, notes, turn);
    return turn.exit;
  } finally {
    info.close();
  }
}

async function takeTurn(
  ctx: Context,
  info: InfoFile,
  notes: Notes,
  turn: Exclude<Turn, { exit: number }>,
): Promise<Turn> {
  const { layout, journal, operator, log } = ctx;
  const obstacle = operator.stop.aborted ? undefined : await obstacleTo(() => clearHome(ctx));
  const file = await readInfo(layout.upgradeInfo);
  const facts = await gather(ctx, file, turn.child);
  const decision = decide(facts);
  const { action } = decision;
  if (turn.ending !== undefined && action.do !== 'end' && action.do !== 'link') {
    log.info('node ended', { how: describeEnding(turn.ending) });
  }
  // How the node ended is told first, and is the last word where nothing is to follow.
  if (obstacle !== undefined && action.do !== 'end') throw obstacle;
  notes.tell(decision);
  await recordSkipped(ctx, facts);
  const abandoned = decision.notes.find(({ about }) => about === 'abandoned');
  if (abandoned !== undefined && facts.open !== undefined) await closeRecord(ctx, facts.open, abandoned.text);
  if (operator.stop.aborted && action.do !== 'end') throw new StoppedByOperator();
  switch (action.do) {
    case 'end':
      await leaveNothingBehind(ctx);
      await recordValidatorState(ctx);
      if (turn.child.state === 'ended' && turn.child.by === 'itself') adviseOnUnreadable(ctx, facts);
      if (!(await adviseOnWayBack(ctx, facts))) await adviseOnWrongBinary(ctx, facts, turn.ending);
      return { exit: endOf(ctx, turn.ending) };
    case 'link': {
      const { unverified } = journal.history();
      await switchCurrent(layout, targetDir(layout, action.target));
      await journal.append({ kind: 'current', target: action.target });
      // What passes its height is another binary: that would verify nothing.
      if (unverified !== undefined && unverified.to !== action.target) {
        await closeRecord(
          ctx,
          { plan: unverified, from: unverified.from, to: unverified.to },
          `left for ${action.target}`,
        );
      }
      return turn;
    }
    case 'restore-file':
      await restoreInfoFile(ctx);
      return { ...noChild, again: turn.child.state === 'ended' };
    case 'run':
      return run(ctx, info, notes, facts, turn.again === true || turn.child.state === 'ended');
    default:
      return act(ctx, {
        file,
        action,
        from: facts.current.state === 'linked' ? facts.current.target : 'genesis',
        child: undefined,
      });
  }
}

/** What a step threw; undefined where it did not. */
async function obstacleTo(step: () => Promise<void>): Promise<Error | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(reasonOf(error));
  }
}

/** What `closeRecord` closes. */
type LeftUpgrade = Pick<OpenUpgrade, 'from' | 'to'> & { readonly plan: Pick<OpenUpgrade['plan'], 'name' | 'height'> };

/** An unfinished upgrade that is not to be finished is closed, so that it is spoken of once; so is one that is left. */
async function closeRecord({ journal }: Context, { plan, from, to }: LeftUpgrade, detail: string): Promise<void> {
  await journal.append({ kind: 'upgrade', step: 'abandoned', name: plan.name, height: plan.height, from, to, detail });
}

/** Starts the node and stays with it; what calls for more than to let it be is done before the next turn. */
async function run(ctx: Context, info: InfoFile, notes: Notes, { current }: Facts, relaunched: boolean): Promise<Turn> {
  if (current.state !== 'linked') throw new Error('the policy runs what current does not name');
  if (relaunched) ctx.log.warn('starting the node once more: if it has halted for an upgrade, it will say so again');
  const outcome = await runNode(ctx, { target: current.target, relaunched }, info, notes);
  if (outcome.kind === 'act') {
    try {
      return await act(ctx, { ...outcome, from: current.target });
    } catch (error) {
      // Whatever went wrong before it was stopped: nobody would watch it any more.
      if (outcome.child.ending === undefined) await stopNode(ctx, outcome.child);
      throw error;
    }
  }
  return { child: outcome.fact, ending: outcome.ending };
}

/** The actions that end one binary's time: an upgrade, or a refusal. The node, where it lives, is stopped first. */
async function act(ctx: Context, { file, action, from, child }: ToDo): Promise<Turn> {
  switch (action.do) {
    case 'refuse': {
      const error = refusalError(ctx.layout, action.refusal);
      if (child !== undefined) {
        // Why it is stopped, before it is: the error itself comes last.
        ctx.log.error(error.message, { reason: error.reason });
        await stopNode(ctx, child);
      }
      throw error;
    }
    case 'upgrade':
    case 'finish': {
      if (file.state !== 'plan') throw new Error('the policy upgrades to what the file does not name');
      // The record of an unfinished one has no info: the file, which still names it, says where its binary is.
      const plan = action.do === 'finish' ? file.plan : action.plan;
      const proof = action.do === 'finish' ? undefined : action.proof;
      const began = action.do === 'finish' ? action.upgrade.from : from;
      await carryOut(ctx, { plan, from: began, proof, child, bytes: file.bytes });
      if (ctx.settings.restartAfterUpgrade) return noChild;
      const what = 'upgraded; not started, as DAEMON_RESTART_AFTER_UPGRADE=false';
      // Where no node has run yet: an end before it is a failure to systemd, whatever the code, and it would start the node.
      ctx.notifier.ready();
      ctx.notifier.stopping(what);
      ctx.log.info(what, { plan: plan.name });
      return { exit: 0 };
    }
    default:
      throw new Error(`the policy asks to ${action.do} where it cannot be done`);
  }
}

function endOf({ log, notifier, layout }: Context, ending: Ending | undefined): number {
  if (ending === undefined) return 0;
  const code = exitCodeOf(ending);
  const say = code === 0 ? log.info : log.error;
  if (ending.signal === 'SIGKILL' && ending.reason === 'itself') {
    log.error('nobody here has killed the node: see whether the system has, for want of memory', {
      do: 'journalctl -k | grep -i "out of memory"',
    });
  }
  const what = `${layout.daemon} ${describeEnding(ending)}: this is the node's own end`;
  notifier.stopping(what);
  say(what, { exit: code });
  return code;
}
