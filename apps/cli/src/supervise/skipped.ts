import { samePlan } from '@chainvisor/plan';
import { type Facts, knownHeight } from '@chainvisor/policy';
import type { Context } from './context.js';

/**
 * Whether a skipped upgrade is still to be put on record as passed. The file goes on naming it until the next one, and the
 * flag may be gone at the next start: to make it then would be to run the new binary on data that has gone another way.
 */
export function isToBePassed({ journal }: Context, { file, current, skipHeights }: Facts): boolean {
  if (file.state !== 'plan' || !skipHeights.includes(file.plan.height) || current.state !== 'linked') return false;
  const isMade = current.plan !== undefined && samePlan(current.plan, file.plan);
  return !isMade && !journal.history().hasSkipped(file.plan);
}

/** Puts a skipped upgrade on record once its height is passed: blocks above it are known, or the `application` has executed it. */
export async function recordSkipped(ctx: Context, facts: Facts, application = 0): Promise<void> {
  if (!isToBePassed(ctx, facts) || facts.file.state !== 'plan') return;
  const { name, height } = facts.file.plan;
  if ((knownHeight(facts) ?? 0) <= height && application < height) return;
  const note = 'the skipped upgrade is passed: it will not be made at a start without the flag either';
  ctx.log.info(note, { plan: name, height });
  await ctx.journal.append({ kind: 'skipped', name, height });
}
