import { binaryIn } from '@chainvisor/layout';
import { type Action, type ChildFact, decide, type Facts } from '@chainvisor/policy';
import { describeEnding, type Ending, type RunningChild, startChild } from '@chainvisor/runner';
import { type InfoFact, readInfo } from '@chainvisor/watcher';
import { childEnv } from '../child-env.js';
import type { Context } from './context.js';
import { gather, targetDir } from './gather.js';
import { createInbox } from './inbox.js';
import { type InfoFile, stampOf } from './info-file.js';
import type { Notes } from './notes.js';
import { observe, type Observer } from './observer.js';
import { watchProgress } from './progress.js';
import { stopNode } from './stop-node.js';
import { warnIfElsewhere } from './elsewhere.js';

/** How long an answer is waited for when the file has changed, in milliseconds; a halted node gives it in a few. */
const answerToChange = 250;

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

/** Starts what `current` points to and stays with it until it ends or the policy asks for something else. */
export async function runNode(ctx: Context, start: NodeStart, info: InfoFile, notes: Notes): Promise<NodeOutcome> {
  const stampAtStart = stampOf(await readInfo(ctx.layout.upgradeInfo));
  const stuck = Promise.withResolvers<never>();
  stuck.promise.catch(nothing);
  const child = await launch(ctx, start.target, stuck.reject);
  try {
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
  // Whether a height would decide something now; else an answer is only kept.
  let heightMatters = false;
  // Silence is a fact only once somebody has asked: an answer that is still under way must not come too late.
  const rpc = { silent: false };
  const binary = binaryIn(ctx.layout, targetDir(ctx.layout, start.target));
  const observer = await observe(ctx, binary, progress.wantApplication, (reading) => {
    rpc.silent = reading === undefined;
    if (reading !== undefined) progress.read(reading);
    if (heightMatters) inbox.wake();
    else observer.setPace(progress.verifying() ? 'waiting' : 'idle');
  });
  if (progress.verifying()) observer.setPace('waiting');
  const elsewhere = warnIfElsewhere(ctx, child);
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
      // Asked to stop: what the node does until it ends is its own affair, and the next start decides.
      if (ctx.operator.stop.aborted) continue;
      const settled = rpc.silent && performance.now() - changedAt >= ctx.settings.settleTime;
      const facts = await gather(ctx, now, { state: 'alive', ...seen, settled });
      const decision = decide(facts);
      notes.tell(decision);
      if (decision.action.do === 'upgrade') progress.passed(decision.action.plan.height);
      if (decision.action.do !== 'watch') return { kind: 'act', action: decision.action, child, file: now };

      heightMatters = decision.rule === 'unproven';
      if (!heightMatters) continue;
      if (settled && seen.fileChanged) saySilent(ctx, notes);
      setPaceFor(observer, facts, changedAt);
      if (!changed) continue;
      clearTimeout(settling);
      settling = setTimeout(inbox.wake, ctx.settings.settleTime + 1);
    }
  } finally {
    clearTimeout(settling);
    elsewhere.close();
    observer.close();
    progress.close();
    relayed.end();
    info.onChange(nothing);
  }
}

/** `onStuck` is told what the node left behind that cannot be killed: its end is then never reported. */
async function launch(
  { layout, args, env, log, journal, settings }: Context,
  target: string,
  onStuck: (error: Error) => void,
): Promise<RunningChild> {
  const dir = targetDir(layout, target);
  const file = binaryIn(layout, dir);
  const child = await startChild({
    file,
    args,
    env: childEnv(env, dir),
    // What a node leaves behind may be the node itself, behind a shell wrapper: it gets as long.
    remnantGrace: settings.shutdownGrace,
    onStuck,
    onRemnants: (pids) => log.warn('the node left processes behind: ending them', { pids: pids.join(' ') }),
  });
  log.info('node started', { pid: child.pid, binary: file, args: args.join(' ') });
  void journal.append({ kind: 'started', pid: child.pid, target });
  return child;
}

/** The operator's signals, relayed to the node for as long as it is ours to watch. */
interface Relayed {
  readonly signals: ReadonlySet<NodeJS.Signals>;
  readonly end: () => void;
}

function relayTo({ operator, log }: Context, child: RunningChild): Relayed {
  const signals = new Set<NodeJS.Signals>();
  const relay = (signal: NodeJS.Signals) => {
    log.info('signal relayed to the node', { signal, pid: child.pid });
    signals.add(signal);
    child.relay(signal);
  };
  const end = operator.direct(relay);
  // One that came while the node was being started found nobody to go to.
  const missed = operator.asked();
  if (missed !== undefined) relay(missed);
  return { signals, end };
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

/** Only a signal that asks for an end, or the very signal that ended it, makes an ending the operator's. */
function endedBy({ operator }: Context, { signals }: Relayed, ending: Ending): 'itself' | 'operator' {
  return operator.stop.aborted || (ending.signal !== undefined && signals.has(ending.signal)) ? 'operator' : 'itself';
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
