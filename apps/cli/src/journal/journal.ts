import { reasonOf } from '@chainvisor/report';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compacted } from './compact.js';
import { type History, historyOf } from './history.js';
import { createJournalFile, rewriteJournal } from './journal-file.js';
import { type JournalRecord, parseJournal, type StoredRecord } from './records.js';

/** The record of what disk cannot show: `.chainvisor/journal.jsonl`, one record a line. */
export interface Journal {
  /** What is known now, records of this process included. */
  history(): History;
  /** Appends a record; resolves when it is on disk. Never rejects: what cannot be written is warned of, kept in memory, and tried again with the next. */
  append(record: JournalRecord): Promise<void>;
  /** Resolves once every record is on disk. */
  close(): Promise<void>;
}

type Trouble = (message: string, reason: string) => void;

/**
 * Opens the journal, making its directory. `onTrouble` is told of lines that were passed over, and of a file that cannot
 * be read or written: the supervisor then goes by what is on disk (invariant A4).
 */
export function openJournal(path: string, onTrouble: Trouble): Journal {
  const { records, newer } = readRecords(path, onTrouble);
  // The lines of a newer version are for it to read again: they are not dropped.
  const short = newer > 0 ? undefined : compacted(records);
  if (short !== undefined) rewriteJournal(path, short.map(lineOf), onTrouble);
  const file = createJournalFile(path, onTrouble, () => records.map(lineOf));
  let history: History | undefined;
  return {
    history: () => (history ??= historyOf(records)),
    append: async (record) => {
      const stored: StoredRecord = { v: 1, at: new Date().toISOString(), ...record };
      // Of a node that runs for months only the newest is kept in memory.
      if (stored.kind === 'validator') dropLast(records, 'validator');
      records.push(stored);
      history = undefined;
      await file.append(lineOf(stored));
    },
    close: () => file.close(),
  };
}

function dropLast(records: StoredRecord[], kind: StoredRecord['kind']): void {
  const index = records.findLastIndex((record) => record.kind === kind);
  if (index >= 0) records.splice(index, 1);
}

function lineOf(record: StoredRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function readRecords(path: string, onTrouble: Trouble): { records: StoredRecord[]; newer: number } {
  try {
    const { records, passedOver, newer } = parseJournal(readFileSync(path, 'utf8'));
    if (passedOver > 0) onTrouble('lines of the journal were passed over', `${passedOver} in ${path}`);
    if (newer > 0) {
      const found = `${newer} lines in ${path}`;
      onTrouble('a newer chainvisor wrote to the journal: what it recorded is not known here, disk decides', found);
    }
    return { records: [...records], newer };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onTrouble('the journal cannot be read: going on by what is on disk', reasonOf(error));
    } else if (existsSync(join(dirname(path), 'started.json'))) {
      const lost =
        'which upgrades were passed over, what `use` said, and what the validator had signed is not known any more';
      onTrouble('the journal is gone, though chainvisor has run here: going on by what is on disk', lost);
    }
    return { records: [], newer: 0 };
  }
}
