import type { Layout } from '@chainvisor/layout';
import { errno, reasonOf } from '@chainvisor/report';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { historyOf } from '../journal/history.js';
import { parseJournal } from '../journal/records.js';
import type { JournalFacts } from './facts.js';

/** Reads the journal without opening it for writing. Never throws. */
export async function readJournal({ journal, own }: Layout): Promise<JournalFacts> {
  try {
    // A pipe that is called so would be waited for.
    if (!(await stat(journal)).isFile()) return { history: historyOf([]), trouble: 'it is no file' };
    const { records, passedOver, newer } = parseJournal(await readFile(journal, 'utf8'));
    const history = historyOf(records);
    if (newer > 0)
      return { history, trouble: `a newer chainvisor wrote ${newer} lines of it, which are not known here` };
    return { history, trouble: passedOver > 0 ? `${passedOver} of its lines cannot be understood` : undefined };
  } catch (error) {
    const history = historyOf([]);
    if (errno(error) !== 'ENOENT') return { history, trouble: reasonOf(error) };
    const isLost = existsSync(join(own, 'started.json'));
    return { history, trouble: isLost ? 'it is gone, though chainvisor has run here' : undefined };
  }
}
