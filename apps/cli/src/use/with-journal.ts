import type { Layout } from '@chainvisor/layout';
import { readFileSync } from 'node:fs';
import { CliError } from '../errors.js';
import { type Journal, openJournal } from '../journal/journal.js';

/**
 * Runs `work` on the journal and closes it. Throws CliError `disk` where not all that it appended has come to be on disk: a
 * supervisor goes on without its journal, but the word of the operator that is not on record is lost. A journal that cannot
 * be read whole is added to.
 */
export async function withJournal<T>(layout: Layout, work: (journal: Journal) => Promise<T>): Promise<T> {
  const troubles: string[] = [];
  const journal = openJournal(layout.journal, (message, reason) => troubles.push(`${message}: ${reason}`));
  const linesBefore = countLines(layout.journal);
  const troublesBefore = troubles.length;
  let appended = 0;
  const counted: Journal = {
    ...journal,
    append: (record) => {
      appended++;
      return journal.append(record);
    },
  };
  const result = await work(counted).finally(() => journal.close());
  if (troubles.length === troublesBefore && countLines(layout.journal) === linesBefore + appended) return result;
  throw new CliError('disk', `nothing can be put on record: ${layout.journal}`, {
    ...(troubles.length === 0 ? {} : { reason: troubles.join('; ') }),
    hint: 'give the user that runs the node access to it, and its disk some room, and type this again',
  });
}

function countLines(path: string): number {
  try {
    return readFileSync(path).filter((byte) => byte === 0x0a).length;
  } catch {
    return 0;
  }
}
