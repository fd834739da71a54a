import { reasonOf } from '@chainvisor/report';
import { syncUpgrade, upgradeDir } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import type { Proof } from '@chainvisor/policy';
import type { RunningChild } from '@chainvisor/runner';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultPoint } from '../fault-point.js';
import { aboutUpgrade } from '../notify/texts.js';
import type { Context } from '../supervise/context.js';
import { targetOf } from '../supervise/target.js';
import { clearHome } from '../supervise/home-lock.js';
import { isStop, StoppedByOperator } from '../supervise/operator.js';
import { stopNode } from '../supervise/stop-node.js';
import { backUp } from './back-up.js';
import { backingUp } from './back-up-lines.js';
import { checkBinary } from './check-binary.js';
import { runCustomScript } from './custom-script.js';
import { runPreUpgrade } from './pre-upgrade.js';
import type { StepContext } from './step.js';
import { switchTo } from './switch.js';

/** An upgrade to carry out, or to go on with. */
export interface UpgradeRequest {
  readonly plan: Plan;
  /** Where `current` points, or pointed when a recorded upgrade began. */
  readonly from: string;
  /** upgrade-info.json as the node wrote it: placed beside the new binary. */
  readonly bytes: Uint8Array;
  /** Undefined where a recorded upgrade is finished: its proof was given when it began. */
  readonly proof: Proof | undefined;
  /** The node, where it still lives. */
  readonly child: RunningChild | undefined;
}

/**
 * Carries an upgrade out, from the proof to the switched link, in the numbered order of the design. Every step leaves
 * its evidence, so that an upgrade cut off anywhere is finished by the next start. Throws CliError, naming the step, the
 * path and what to do; then nothing is half-switched. Throws StoppedByOperator between two steps.
 */
export async function carryOut(ctx: Context, request: UpgradeRequest): Promise<void> {
  const step = stepContext(ctx, request);
  const say = step.notifier.status;
  try {
    // 1 detected. Records are not waited for: one that a power loss takes away is detected anew.
    faultPoint('detected');
    begin(step, request);
    faultPoint('detected-recorded');
    // 2 stopped
    if (request.child !== undefined) {
      faultPoint('stopping');
      await stopNode(step, request.child);
      faultPoint('stopped');
      void step.record('stopped');
      faultPoint('stopped-recorded');
    }
    goOn(ctx);
    await clearHome(step);
    // 3 delayed
    await delay(step);
    faultPoint('delayed');
    // 4 binary checked
    say('step 4 of 10, checking the binary');
    await checkBinary(step, ctx.settings.customPreupgrade === undefined ? 'must-be-there' : 'may-come');
    faultPoint('binary-checked');
    if (isRunAlready(step, request)) {
      ctx.log.info('current points to this upgrade already and the data is past it: only recorded');
    } else {
      // 5 backed up
      say(backingUp);
      faultPoint('backing-up');
      await backUp(step, request.from);
      faultPoint('backed-up');
      goOn(ctx);
      await prepare(step);
    }
    // 8 switched, with nothing that the steps have started left behind
    say('step 8 of 10, switching');
    await clearHome(step);
    await switchTo(step, request.bytes);
  } catch (error) {
    if (!isStop(error)) await step.record('failed', reasonOf(error));
    throw error;
  }
}

/** Steps 6 and 7. */
async function prepare(step: StepContext): Promise<void> {
  // 6 custom pre-upgrade, which may have brought the binary
  const script = step.settings.customPreupgrade;
  if (script !== undefined) {
    step.notifier.status('step 6 of 10, running the custom script');
    await runCustomScript(step, join(step.layout.root, script));
    goOn(step);
    await checkBinary(step, 'must-be-there');
  }
  // 7 pre-upgrade of the new binary, which meanwhile goes to disk
  step.notifier.status('step 7 of 10, running pre-upgrade of the new binary');
  const synced = syncUpgrade(step.layout, step.dir);
  synced.catch(() => undefined);
  await runPreUpgrade(step);
  goOn(step);
  await synced;
  faultPoint('synced');
}

/** The operator has set the link himself, and blocks above the height exist: nothing is to be prepared any more. */
function isRunAlready(step: StepContext, { plan, from, proof }: UpgradeRequest): boolean {
  return from === targetOf(step.layout, plan) && proof?.by === 'height' && proof.height > plan.height;
}

function stepContext(ctx: Context, { plan, from }: UpgradeRequest): StepContext {
  const { layout, journal } = ctx;
  const dir = upgradeDir(layout, plan.name);
  const to = targetOf(layout, plan);
  return {
    ...ctx,
    notifier: aboutUpgrade(ctx.notifier, plan),
    plan,
    dir,
    record: (step, detail) =>
      journal.append({
        kind: 'upgrade',
        step,
        name: plan.name,
        height: plan.height,
        from,
        to,
        ...(detail === undefined ? {} : { detail }),
      }),
    done: (step) => journal.history().stepsDone(plan, step),
  };
}

function begin(step: StepContext, { proof, plan }: UpgradeRequest): void {
  const { log } = step;
  if (proof === undefined) {
    log.info('finishing an upgrade that was cut off', { plan: plan.name, height: plan.height });
    return;
  }
  log.info('upgrade detected', { plan: plan.name, height: plan.height, proof: describeProof(proof) });
  void step.record('detected', describeProof(proof));
}

/** A proof in a few words. */
function describeProof(proof: Proof): string {
  switch (proof.by) {
    case 'height':
      return `${proof.source} says height ${proof.height}`;
    case 'end-of-node':
      return 'the node wrote the file and ended by itself';
    case 'settled':
      return 'the node wrote the file and answers no RPC';
  }
}

async function delay({ settings, log, notifier, operator }: Context): Promise<void> {
  if (settings.restartDelay <= 0) return;
  notifier.status('step 3 of 10, waiting as DAEMON_RESTART_DELAY says');
  log.info('waiting before the upgrade', { delay: `${settings.restartDelay}ms` });
  try {
    await sleep(settings.restartDelay, undefined, { signal: operator.stop });
  } catch (error) {
    if (operator.stop.aborted) throw new StoppedByOperator();
    throw error;
  }
}

function goOn({ operator }: Context): void {
  if (operator.stop.aborted) throw new StoppedByOperator();
}
