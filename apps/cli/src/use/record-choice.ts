import { readValidatorState, readWalEndHeight, validatorStateFile, walFile } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import type { History } from '../journal/history.js';
import type { Journal } from '../journal/journal.js';
import { withJournal } from './with-journal.js';

/**
 * Puts the operator's word on record, with the heights that the disk tells now, and closes an upgrade on record that is not
 * finished or not verified: what it was to do has been decided otherwise. Resolves with what was closed, in words, once all
 * is on disk. Throws CliError `disk` where that cannot be: heights of other data would go on proving things.
 */
export async function recordChoice(layout: Layout, target: string): Promise<readonly string[]> {
  const [signed, wal] = await Promise.all([
    validatorStateFile(layout.home).then(readValidatorState),
    walFile(layout.home).then(readWalEndHeight),
  ]);
  return withJournal(layout, async (journal) => {
    const closed = await closeUpgrade(journal, target);
    await journal.append({
      kind: 'chosen',
      target,
      ...(signed === undefined ? {} : { validator: signed.height }),
      ...(wal === undefined ? {} : { wal }),
    });
    return closed;
  });
}

async function closeUpgrade(journal: Journal, target: string): Promise<readonly string[]> {
  const upgrade = toBeClosed(journal.history());
  if (upgrade === undefined) return [];
  const { name, height, from, to, now } = upgrade;
  const detail = `the operator chose ${target}`;
  await journal.append({ kind: 'upgrade', step: 'abandoned', name, height, from, to, detail });
  return [`the upgrade ${JSON.stringify(name)} at height ${height} was ${now}: its record is closed`];
}

function toBeClosed({ open, unverified }: History) {
  if (open !== undefined) return { ...open.plan, from: open.from, to: open.to, now: 'not finished' };
  return unverified === undefined ? undefined : { ...unverified, now: 'not verified yet' };
}
