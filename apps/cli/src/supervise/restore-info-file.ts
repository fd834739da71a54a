import { quarantine, replaceFile } from '@chainvisor/layout';
import type { Context } from './context.js';

/**
 * Puts the last upgrade-info.json that parsed back in place of one that nobody is left to finish; the bad bytes are kept
 * in `.chainvisor/quarantine/`. Every node since SDK 0.47 panics at start over a file it cannot read (invariant A5).
 */
export async function restoreInfoFile({ layout, journal, log }: Context): Promise<void> {
  const { lastGood } = journal.history();
  if (lastGood === undefined) throw new Error('the policy restores what is not on record');
  const kept = await quarantine(layout, layout.upgradeInfo);
  await replaceFile(layout, layout.upgradeInfo, Buffer.from(lastGood), 0o600);
  log.warn('upgrade-info.json was put back as it was last good', { file: layout.upgradeInfo, bad: kept });
}
