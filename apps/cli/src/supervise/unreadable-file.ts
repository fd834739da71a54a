import type { Facts } from '@chainvisor/policy';
import type { Context } from './context.js';

/**
 * Says how to mend an upgrade-info.json that cannot be read, once a node has ended by itself over it: since SDK 0.47 most
 * panic at every start until somebody does. Nothing is said where the next start puts the last good one back by itself.
 */
export function adviseOnUnreadable({ layout, log }: Context, { file, lastGood }: Facts): void {
  if (file.state !== 'unreadable' || lastGood !== undefined) return;
  // In the message, which is printed as it is: a field would be quoted, and the line could not be copied.
  const mend = `replace its content by the line of this chain's last upgrade, {"name":"<name>","height":<height>}, or move it away where there was none`;
  log.error(`most nodes panic at their start over a file like ${layout.upgradeInfo}: ${mend}`, { reason: file.reason });
}
