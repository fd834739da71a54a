import { hostPlatform, sourceOfInfo } from '@chainvisor/staging';
import { accessOf, type Context, documentLimits } from '../context.js';
import type { Target } from '../node/target.js';
import { type Answer, declined } from './answer.js';
import { digestOf } from './digest.js';

/** What the plan's info names for this machine. Throws StagingError, FetcherError and StagerError. */
export async function fromPlanInfo(context: Context, target: Target): Promise<Answer> {
  const source = 'plan info';
  if (target.plan === undefined) return declined(source, target.known);
  const { requireChecksum, allowWeakChecksum } = context.settings.values;
  const { url, checksum, named } = await sourceOfInfo(target.plan.info, {
    ...accessOf(context),
    platform: hostPlatform(),
    requireChecksum,
    allowWeakChecksum,
    limits: documentLimits,
  });
  return { kind: 'offer', source, url, named, digest: await digestOf(context, { url, checksum }) };
}
