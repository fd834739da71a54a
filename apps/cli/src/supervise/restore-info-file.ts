import { type Layout, quarantine, readCurrent, recordIn, replaceFile } from '@chainvisor/layout';
import { readFile } from 'node:fs/promises';
import type { Context } from './context.js';
import { parsed } from './gather.js';

/**
 * Puts the last upgrade-info.json that parsed back in place of one that nobody is left to finish; the bad bytes are kept
 * in `.chainvisor/quarantine/`. Every node since SDK 0.47 panics at start over a file it cannot read (invariant A5).
 */
export async function restoreInfoFile({ layout, journal, log }: Context): Promise<void> {
  const recorded = journal.history().lastGood;
  const lastGood = recorded !== undefined && parsed(recorded) ? recorded : await besideCurrent(layout);
  const kept = await quarantine(layout, layout.upgradeInfo);
  await replaceFile(layout, layout.upgradeInfo, Buffer.from(lastGood), 0o600);
  log.warn('upgrade-info.json was put back as it was last good', { file: layout.upgradeInfo, bad: kept });
}

/** The one that the plan of `current` was recorded with: what the data directory held until the node began to write. */
async function besideCurrent(layout: Layout): Promise<string> {
  const current = await readCurrent(layout);
  if (current.state !== 'linked') throw new Error('the policy restores what is nowhere on record');
  return readFile(recordIn(current.dir), 'utf8');
}
