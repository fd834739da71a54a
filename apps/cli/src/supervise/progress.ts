import { binaryIn, type Layout } from '@chainvisor/layout';
import { wayBack } from '../backup/way-back.js';
import { faultPoint } from '../fault-point.js';
import type { Context } from './context.js';
import { targetDir } from './target.js';
import type { Reading } from './observer.js';
import { othersToUse, useCommand } from './wrong-binary.js';

/** Looks at whether the application's height advances: "alive" proves nothing. */
export interface Progress {
  /** An upgrade was switched and the new binary is not seen past its height yet. */
  readonly verifying: () => boolean;
  /** The application was one block below the stored one when it was asked last. */
  readonly behind: () => boolean;
  readonly wantApplication: (stored: number, before: Reading | undefined) => boolean;
  readonly read: (reading: Reading) => void;
  /** A later plan is due: the application has executed every block before its height. */
  readonly passed: (dueHeight: number) => void;
  /** The node has ended by itself, over no plan of its own. */
  readonly ended: () => void;
  readonly close: () => void;
}

/**
 * Step 10 of an upgrade and the alarm for a node that is stuck. Verified: the application has reached the upgrade's
 * height. Stuck: alive, RPC up, and the application stays one below the stored block for longer than the stuck time:
 * a consensus failure, most often the wrong binary. Said loudly with what to do, never acted on.
 */
export function watchProgress(ctx: Context, target: string): Progress {
  const { journal, log, settings, layout } = ctx;
  let unverified = journal.history().unverified;
  const startedAt = Date.now();
  let stuckSince: number | undefined;
  let stuckAt: number | undefined;
  let said = 0;

  const verify = (application: number) => {
    if (unverified === undefined || application < unverified.height) return;
    const { name, height, from, to } = unverified;
    faultPoint('verifying');
    void journal.append({ kind: 'upgrade', step: 'verified', name, height, from, to });
    faultPoint('verified');
    log.info('upgrade verified: the application has reached its height', {
      plan: name,
      height,
      application,
      after: `${Date.now() - startedAt}ms`,
    });
    unverified = undefined;
  };

  const watchStuck = ({ stored, application, catchingUp }: Reading) => {
    const behind = application !== undefined && application < stored && !catchingUp;
    if (!behind || stored !== stuckAt) {
      stuckAt = behind ? stored : undefined;
      stuckSince = behind ? Date.now() : undefined;
      said = 0;
      return;
    }
    const forSo = Date.now() - (stuckSince ?? Date.now());
    if (forSo < settings.stuckTime * (said + 1)) return;
    // Once, then ever more seldom.
    said = said * 2 + 1;
    const fields = { stored, application, for: `${Math.round(forSo / 1000)}s`, runs: target };
    void whatToDo().then((what) => {
      log.error('the node is alive but stuck: its application does not execute the stored block', {
        ...fields,
        do: `look for CONSENSUS FAILURE in its log; ${what}`,
      });
    });
  };

  const whatToDo = async (): Promise<string> => {
    const back = unverified === undefined ? undefined : await wayBack(ctx, unverified);
    if (back !== undefined) return `to undo the upgrade, stop chainvisor: ${back}`;
    // What is staged is looked at now: it may have come since the start.
    const others = await othersToUse(layout, target);
    return `most often ${target} is the wrong binary for this data: ${wayOut(layout, others)}`;
  };

  return {
    verifying: () => unverified !== undefined,
    behind: () => stuckAt !== undefined,
    // While its answer decides something, one question is enough; the second is asked when something is to be verified or the height stands still.
    wantApplication: (stored, before) => unverified !== undefined || before?.stored === stored,
    read: (reading) => {
      if (reading.application !== undefined) verify(reading.application);
      watchStuck(reading);
    },
    passed: (dueHeight) => verify(dueHeight - 1),
    ended: () => {
      if (unverified === undefined) return;
      const { name, height, to } = unverified;
      const file = binaryIn(layout, targetDir(layout, to));
      log.error('the new binary ended before it was seen to execute the block of its upgrade', {
        plan: name,
        height,
        runs: target,
        do: `see what it printed last; each start tries that block again, and the old binary cannot execute it: where it fails each time, put a mended binary at ${file}`,
      });
      unverified = undefined;
    },
    close: () => {
      if (unverified === undefined) return;
      log.warn('the node was stopped or ended before the upgrade was verified: the next start looks again', {
        plan: unverified.name,
        height: unverified.height,
      });
    },
  };
}

/** `use` waits for nobody: it refuses while we live. */
function wayOut(layout: Layout, others: readonly string[]): string {
  return others.length === 0
    ? `put the right one at ${binaryIn(layout, `${layout.upgrades}/<name>`)}, stop chainvisor, type chainvisor use <name>, and start it again`
    : `stop chainvisor, type ${useCommand(others)}, and start it again`;
}
