import { closeSync, fsync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../reason-of.js';
import { type History, historyOf } from './history.js';
import { type JournalRecord, parseJournal, type StoredRecord } from './records.js';

const sync = promisify(fsync);

/** A crash-looping node writes two lines a restart: past this many records only the newest and the telling are kept. */
const most = 4000;
const kept = 1000;

/** The record of what disk cannot show: `.chainvisor/journal.jsonl`, one record a line. */
export interface Journal {
  /** What is known now, records of this process included. */
  history(): History;
  /** Appends a record; resolves when it is on disk. Never rejects: what cannot be written is warned of, once, and kept in memory. */
  append(record: JournalRecord): Promise<void>;
  /** Resolves once every record is on disk. */
  close(): Promise<void>;
}

type Trouble = (message: string, reason: string) => void;

/**
 * Opens the journal, making its directory. `onTrouble` is told, once each, of lines that were passed over, of a file
 * that cannot be read or written: the supervisor then goes by what is on disk.
 */
export function openJournal(path: string, onTrouble: Trouble): Journal {
  const records = readRecords(path, onTrouble);
  let fd = openForAppend(path, records, onTrouble);
  let history: History | undefined;
  let told = false;
  const giveUp = (error: unknown) => {
    fd = undefined;
    if (!told) onTrouble('the journal cannot be written: going on by what is on disk', reasonOf(error));
    told = true;
  };
  // One write-out at a time, shared by all records that came before it began: each costs a commit of the file system.
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  const writtenOut = (): Promise<void> => {
    next ??= running.then(() => {
      next = undefined;
      running = fd === undefined ? Promise.resolve() : sync(fd).catch(giveUp);
      return running;
    });
    return next;
  };
  return {
    history: () => (history ??= historyOf(records)),
    append: async (record) => {
      const stored: StoredRecord = { v: 1, at: new Date().toISOString(), ...record };
      records.push(stored);
      history = undefined;
      if (fd === undefined) return;
      try {
        // Not writeSync: on a full disk that writes a part and says nothing.
        writeFileSync(fd, `${JSON.stringify(stored)}\n`);
      } catch (error) {
        giveUp(error);
      }
      await writtenOut();
    },
    close: async () => {
      await writtenOut();
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function readRecords(path: string, onTrouble: Trouble): StoredRecord[] {
  try {
    const { records, passedOver } = parseJournal(readFileSync(path, 'utf8'));
    if (passedOver > 0) onTrouble('lines of the journal were passed over', `${passedOver} in ${path}`);
    return [...records];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onTrouble('the journal cannot be read: going on by what is on disk', reasonOf(error));
    }
    return [];
  }
}

function openForAppend(path: string, records: StoredRecord[], onTrouble: Trouble): number | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (records.length > most) compact(path, records);
    const fd = openSync(path, 'a', 0o644);
    // A line that a crash has torn must not swallow the next.
    if (!endsWithNewline(path)) writeSync(fd, '\n');
    return fd;
  } catch (error) {
    onTrouble('the journal cannot be written: going on by what is on disk', reasonOf(error));
    return undefined;
  }
}

function endsWithNewline(path: string): boolean {
  const text = readFileSync(path);
  return text.length === 0 || text.at(-1) === 0x0a;
}

function compact(path: string, records: StoredRecord[]): void {
  const old = records.slice(0, -kept);
  const upgrades = old.filter((record) => record.kind === 'upgrade');
  // A step that fails at every restart must not push out those that were done.
  const telling = new Set<StoredRecord | undefined>([
    ...upgrades.filter((record) => record.step !== 'failed').slice(-kept),
    upgrades.at(-1),
    ...old.filter((record) => record.kind === 'current').slice(-kept),
    old.findLast((record) => record.kind === 'started'),
    old.findLast((record) => record.kind === 'ended' && record.height !== undefined),
    old.findLast((record) => record.kind === 'file'),
  ]);
  const all = [...old.filter((record) => telling.has(record)), ...records.slice(-kept)];
  writeFileSync(`${path}.new`, all.map((record) => `${JSON.stringify(record)}\n`).join(''), { flush: true });
  renameSync(`${path}.new`, path);
}
