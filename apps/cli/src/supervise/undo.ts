import type { Facts } from '@chainvisor/policy';
import { wayBack } from '../backup/way-back.js';
import type { Context } from './context.js';

/**
 * Names the command that undoes an upgrade whose new binary has ended by itself before it was seen to execute the block of its
 * height. Resolves with whether there is one: without a backup for it, nothing is said.
 */
export async function adviseOnWayBack(
  ctx: Pick<Context, 'layout' | 'settings' | 'log' | 'journal'>,
  { child, current }: Pick<Facts, 'child' | 'current'>,
): Promise<boolean> {
  const { unverified } = ctx.journal.history();
  if (unverified === undefined || child.state !== 'ended' || child.by !== 'itself') return false;
  if (current.state !== 'linked' || current.target !== unverified.to) return false;
  const back = await wayBack(ctx, unverified);
  if (back === undefined) return false;
  // In the message, which is printed as it is: a field would be quoted, and the command could not be copied.
  ctx.log.error(`to undo the upgrade ${JSON.stringify(unverified.name)}: ${back}`);
  return true;
}
