import { binaryIn } from '@chainvisor/layout';
import { type Action, type ChildFact, decide, type Facts } from '@chainvisor/policy';
import { describeEnding, type Ending, type RunningChild } from '@chainvisor/runner';
import { type InfoFact, readInfo } from '@chainvisor/watcher';
import { type NamedUpgrade, nodePhase } from '../notify/texts.js';
import type { Context } from './context.js';
import { gather } from './gather.js';
import { targetDir } from './target.js';
import { refuseStrangers } from './home-lock.js';
import { createInbox } from './inbox.js';
import { type InfoFile, stampOf } from './info-file.js';
import { launch, recordStart } from './launch.js';
import type { Notes } from './notes.js';
import { observe, type Observer, type Reading } from './observer.js';
import { watchProgress } from './progress.js';
import { isToBePassed, recordSkipped } from './skipped.js';
import { endedBy, relayTo } from './relay.js';
import { stopNode } from './stop-node.js';
import { warnIfElsewhere } from './elsewhere.js';
import { recordValidatorState } from './validator-state.js';

/**
 * How long an answer is waited for when the file has changed, in milliseconds. A halted node gives it in a few, a busy
 * machine takes longer; without one a validator's own state counts, which is ahead of the block while it votes.
 */
const answerToChange = 1000;

/** How often the validator's state is put on record while the node runs, in milliseconds: both may be killed at once. */
const recordSignedEvery = 300_000;

/** A node's life, as far as the supervisor lets it go on. */
export type NodeOutcome =
  /** It ended, and the policy has to say what follows. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly fact: Extract<ChildFact, { state: 'ended' }> }
  /** It lives, and the policy asks for something else than to let it be, on this reading of upgrade-info.json. */
  | { readonly kind: 'act'; readonly action: Action; readonly child: RunningChild; readonly file: InfoFact };

/** How a node is started. */
export interface NodeStart {
  /** What `current` names. */
  readonly target: string;
  /** A second try over a file that nothing had proven. */
  readonly relaunched: boolean;
}

/**
 * Starts what `current` points to, on a home that is clear, and stays with it until it ends or the policy asks for something
 * else.
 */
export async function runNode(ctx: Context, start: NodeStart, info: InfoFile, notes: Notes): Promise<NodeOutcome> {
  await refuseStrangers(ctx);
  const stampAtStart = stampOf(await readInfo(ctx.layout.upgradeInfo));
  const stuck = Promise.withResolvers<never>();
  stuck.promise.catch(nothing);
  ctx.notifier.status(`starting ${start.target}`);
  const child = await launch(ctx, start.target, stuck.reject);
  try {
    recordStart(ctx, start.target, child);
    ctx.notifier.ready();
    return await Promise.race([stuck.promise, stayWith(ctx, child, { ...start, stampAtStart }, info, notes)]);
  } catch (error) {
    // Nobody would watch the node any more: it is not left behind.
    await stopNode(ctx, child);
    throw error;
  }
}

async function stayWith(
  ctx: Context,
  child: RunningChild,
  start: NodeStart & { readonly stampAtStart: string },
  info: InfoFile,
  notes: Notes,
): Promise<NodeOutcome> {
  const { stampAtStart } = start;
  const inbox = createInbox();
  info.onChange(inbox.wake);
  const relayed = relayTo(ctx, child);
  const progress = watchProgress(ctx, start.target);
  let coming: NamedUpgrade | undefined;
  let height: number | undefined;
  const sayHowItIs = () => {
    const { unverified } = ctx.journal.history();
    const phase = nodePhase({ target: start.target, unverified, coming });
    ctx.notifier.status(phase, height === undefined ? undefined : `height ${height}`);
  };
  sayHowItIs();
  // Whether a height would decide something now; else an answer is only kept.
  let heightMatters = false;
  // Silence is a fact only once somebody has asked: an answer that is still under way must not come too late.
  const rpc = { silent: false };
  const binary = binaryIn(ctx.layout, targetDir(ctx.layout, start.target));
  let signedAt = performance.now();
  // Idle, the application is always asked as well; where an answer decides something it is not waited for.
  const wantApplication = (stored: number, before: Reading | undefined) =>
    !heightMatters || progress.wantApplication(stored, before);
  const observer = await observe(ctx, binary, wantApplication, (reading) => {
    rpc.silent = reading === undefined;
    if (performance.now() - signedAt > recordSignedEvery) {
      signedAt = performance.now();
      void recordValidatorState(ctx);
    }
    if (reading !== undefined) progress.read(reading);
    height = reading?.stored ?? height;
    sayHowItIs();
    if (heightMatters) inbox.wake();
    else observer.setPace(progress.verifying() ? 'waiting' : progress.behind() ? 'behind' : 'idle');
  });
  if (progress.verifying()) observer.setPace('waiting');
  const elsewhere = warnIfElsewhere(ctx, child);
  ctx.operator.stop.addEventListener('abort', inbox.wake, { once: true });
  void child.ended.then((ending) => {
    const { stored } = observer.latest() ?? {};
    const height = stored === undefined ? {} : { height: stored };
    void ctx.journal.append({
      kind: 'ended',
      pid: child.pid,
      how: describeEnding(ending),
      reason: ending.reason,
      ...height,
    });
    void recordValidatorState(ctx);
    inbox.wake();
  });
  let settling: NodeJS.Timeout | undefined;
  let stamp = stampAtStart;
  let changedAt = performance.now();

  try {
    inbox.wake();
    for (;;) {
      await inbox.next();
      // Asked first: a file that changes after the node's death is not the node's.
      const { ending } = child;
      const now = await readInfo(ctx.layout.upgradeInfo);
      const changed = stampOf(now) !== stamp;
      stamp = stampOf(now);
      if (changed) {
        changedAt = performance.now();
        rpc.silent = false;
        heightMatters = true;
        // A node that answers says best whether it is there yet.
        if (ending === undefined) await within(answerToChange, observer.ask());
      }
      const seen = { fileChanged: stampOf(now) !== stampAtStart, liveHeight: observer.latest()?.stored };
      if (ending !== undefined) {
        const fact = {
          state: 'ended',
          ...seen,
          by: endedBy(ctx, relayed, ending),
          // One that has told its height since was no second try in vain.
          relaunched: start.relaunched && seen.liveHeight === undefined,
        } as const;
        if (fact.by === 'itself' && !fact.fileChanged) progress.ended();
        return { kind: 'ended', ending, fact };
      }
      // A bug of ours: nobody could be trusted to watch the node any more.
      if (ctx.operator.failure() !== undefined) throw ctx.operator.failure();
      // Asked to stop: what the node does until it ends is its own affair, and the next start decides.
      if (ctx.operator.stop.aborted) continue;
      const settled = rpc.silent && performance.now() - changedAt >= ctx.settings.settleTime;
      const facts = await gather(ctx, now, { state: 'alive', ...seen, settled }, start.target);
      const decision = decide(facts);
      notes.tell(decision);
      if (decision.action.do === 'upgrade') progress.passed(decision.action.plan.height);
      if (decision.action.do !== 'watch') return { kind: 'act', action: decision.action, child, file: now };

      await recordSkipped(ctx, facts, observer.latest()?.application);
      heightMatters = decision.rule === 'unproven' || isToBePassed(ctx, facts);
      coming = decision.rule === 'unproven' && facts.file.state === 'plan' ? facts.file.plan : undefined;
      sayHowItIs();
      if (decision.rule !== 'unproven') continue;
      if (settled && seen.fileChanged) saySilent(ctx, notes);
      setPaceFor(observer, facts, changedAt);
      if (!changed) continue;
      clearTimeout(settling);
      settling = setTimeout(inbox.wake, ctx.settings.settleTime + 1);
    }
  } finally {
    clearTimeout(settling);
    ctx.operator.stop.removeEventListener('abort', inbox.wake);
    elsewhere.close();
    observer.close();
    progress.close();
    relayed.end();
    info.onChange(nothing);
  }
}

/** A node that fell silent long before the height may have halted since, or not: only a start of it can tell. */
function saySilent({ layout }: Context, notes: Notes): void {
  notes.say(
    'error',
    'silent',
    `${layout.daemon} has not answered RPC since upgrade-info.json changed: whether it has halted cannot be told; restart chainvisor, and a node that has halted says so again`,
  );
}

/** A file that is not proven to be due: asked closely while the height may come any moment, else seldom. */
function setPaceFor(observer: Observer, { file }: Facts, changedAt: number): void {
  const height = observer.latest()?.stored;
  const blocks = height === undefined || file.state !== 'plan' ? Infinity : file.plan.height - height;
  const fresh = performance.now() - changedAt < 10_000;
  // The node writes the file itself when it halts, and that is seen: far from the height, nothing is to be asked.
  observer.setPace(fresh || blocks <= 2 ? 'near' : blocks <= 50 ? 'waiting' : 'idle');
}

/** Resolves with the promise, or after so many milliseconds, whatever comes first. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}

function nothing(): void {
  // Nobody listens between two nodes: the next one's first look reads the file.
}
