import { binaryIn } from '@chainvisor/layout';
import { type ChildFact, decide, type Decision, type Facts } from '@chainvisor/policy';
import { describeEnding, type Ending, type RunningChild, startChild } from '@chainvisor/runner';
import { readInfo } from '@chainvisor/watcher';
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

/** A node's life, as far as the supervisor lets it go on. */
export type NodeOutcome =
  /** It ended, and the policy has to say what follows. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly fact: Extract<ChildFact, { state: 'ended' }> }
  /** It lives, and the policy asks for something else than to let it be. */
  | { readonly kind: 'act'; readonly decision: Decision; readonly facts: Facts; readonly child: RunningChild };

/** How a node is started. */
export interface NodeStart {
  /** What `current` names. */
  readonly target: string;
  /** A second try over a file that nothing had proven. */
  readonly relaunched: boolean;
}

/** Starts what `current` points to and stays with it until it ends or the policy asks for something else. */
export async function runNode(ctx: Context, start: NodeStart, info: InfoFile, notes: Notes): Promise<NodeOutcome> {
  const { layout, log, journal, operator, settings } = ctx;
  const dir = targetDir(layout, start.target);
  const file = binaryIn(layout, dir);
  const inbox = createInbox();
  info.onChange(inbox.wake);
  const stampAtStart = stampOf(await readInfo(layout.upgradeInfo));

  const child = await startChild({ file, args: ctx.args, env: childEnv(ctx.env, dir) });
  log.info('node started', { pid: child.pid, binary: file, args: ctx.args.join(' ') });
  void journal.append({ kind: 'started', pid: child.pid, target: start.target });

  const asked = new Set<NodeJS.Signals>();
  const undirect = operator.direct((signal) => {
    log.info('signal relayed to the node', { signal, pid: child.pid });
    asked.add(signal);
    child.relay(signal);
  });
  void child.ended.then(inbox.wake);
  const progress = watchProgress(ctx, start.target);
  let heightMatters = false;
  const observer = await observe(ctx, file, progress.wantApplication, (reading) => {
    if (reading !== undefined) progress.read(reading);
    if (!heightMatters) observer.setPace(progress.verifying() ? 'waiting' : 'idle');
    else inbox.wake();
  });
  if (progress.verifying()) observer.setPace('waiting');
  const elsewhere = warnIfElsewhere(ctx, child);
  let settling: NodeJS.Timeout | undefined;

  try {
    for (let stamp = stampAtStart; ; await inbox.next()) {
      const now = child.ending === undefined ? info.latest() : await readInfo(layout.upgradeInfo);
      if (child.ending !== undefined) {
        const fact = {
          state: 'ended',
          fileChanged: stampOf(now) !== stampAtStart,
          liveHeight: observer.latest()?.stored,
          by: endedBy(operator.stop.aborted, asked, child.ending),
          relaunched: start.relaunched,
        } as const;
        return { kind: 'ended', ending: child.ending, fact };
      }
      const fact: ChildFact = {
        state: 'alive',
        fileChanged: stampOf(now) !== stampAtStart,
        liveHeight: observer.latest()?.stored,
        settled: Date.now() - info.changedAt() >= settings.settleTime,
      };
      // Asked to stop: what the node does until it ends is its own affair, and the next start decides.
      if (operator.stop.aborted) continue;
      const facts = await gather(ctx, now, fact);
      const decision = decide(facts);
      notes.tell(decision);
      if (decision.action.do !== 'watch') return { kind: 'act', decision, facts, child };

      const changed = stampOf(now) !== stamp;
      stamp = stampOf(now);
      heightMatters = decision.rule === 'unproven';
      if (!heightMatters) continue;
      setPaceFor(observer, facts, info);
      if (changed) {
        observer.ask();
        clearTimeout(settling);
        settling = setTimeout(inbox.wake, settings.settleTime + 1);
      }
    }
  } catch (error) {
    // Nobody would watch the node any more: it is not left behind.
    await stopNode(ctx, child);
    throw error;
  } finally {
    clearTimeout(settling);
    elsewhere.close();
    observer.close();
    progress.close();
    undirect();
    info.onChange(() => undefined);
    if (child.ending !== undefined) {
      const height = observer.latest()?.stored;
      void journal.append({
        kind: 'ended',
        pid: child.pid,
        how: describeEnding(child.ending),
        reason: child.ending.reason,
        ...(height === undefined ? {} : { height }),
      });
    }
  }
}

/** A file that is not proven to be due: asked closely while the height may come any moment, else seldom. */
function setPaceFor(observer: Observer, { file }: Facts, info: InfoFile): void {
  const height = observer.latest()?.stored;
  const near = height !== undefined && file.state === 'plan' && file.plan.height - height <= 2;
  const fresh = Date.now() - info.changedAt() < 10_000;
  observer.setPace(near || fresh ? 'near' : 'waiting');
}

/** Only a signal that asks for an end, or the very signal that ended it, makes an ending the operator's. */
function endedBy(stopAsked: boolean, asked: ReadonlySet<NodeJS.Signals>, ending: Ending): 'itself' | 'operator' {
  return stopAsked || (ending.signal !== undefined && asked.has(ending.signal)) ? 'operator' : 'itself';
}
