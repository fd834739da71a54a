import { readValidatorState } from '@chainvisor/chain';
import { samePlan } from '@chainvisor/plan';
import type { ChildFact, CurrentFact, FileFact, OfflineHeights } from '@chainvisor/policy';
import type { Context } from './context.js';

/**
 * The heights that are known without asking a live node. After the operator's word on which binary belongs to this data,
 * what was known before may be of other data: only what has advanced since counts. The consensus WAL, megabytes to read, is
 * looked at only where nothing else decides and no live node answers.
 */
export async function offlineHeights(
  ctx: Context,
  { file, current, child }: { file: FileFact; current: CurrentFact; child: ChildFact },
): Promise<OfflineHeights> {
  const { height: recorded, chosen } = ctx.journal.history();
  const signed = (await readValidatorState(ctx.validatorState))?.height;
  const known = { recorded, validator: advanced(signed, chosen?.validator) };
  const asked = heightInQuestion(ctx, file, current);
  const decided = asked === undefined || Math.max(recorded ?? 0, known.validator ?? 0) >= asked;
  if (decided || (child.state === 'alive' && !child.settled)) return known;
  return { ...known, wal: advanced(await ctx.walHeight(), chosen?.wal) };
}

/** The height of which the policy will ask whether it is reached; undefined where nothing depends on one. */
function heightInQuestion(ctx: Context, file: FileFact, current: CurrentFact): number | undefined {
  const own = current.state === 'linked' ? current.plan : undefined;
  // Whether there is a way back from a skipped upgrade.
  if (own !== undefined && ctx.skipHeights.includes(own.height)) return own.height + 1;
  if (file.state !== 'plan' || (own !== undefined && samePlan(own, file.plan))) return undefined;
  return file.plan.height;
}

function advanced(height: number | undefined, since: number | undefined): number | undefined {
  return height !== undefined && since !== undefined && height <= since ? undefined : height;
}
