import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf } from '../errors.js';
import { factsOf, identityOf, isOfHere, isStill, toSeconds } from '../process-identity.js';
import { liveMembers } from '../session.js';
import { isLive, readProcessStat } from '../process-stat.js';
import type { Holder } from './holders.js';
import { asProcessRecord, readJson, type ProcessRecord } from './json-record.js';

/** What was started on the home since nobody of before lived, by us or by a supervisor before us. */
export interface StartedRecord {
  /** @returns why it could not be written, if so. */
  add(pid: number, command: string): string | undefined;
  /** Forgets all: none of them lives any more. */
  empty(): void;
  /** The last one, alive or not; undefined when none is on record. */
  latest(): ProcessRecord | undefined;
  /** Those that are there and alive, with all of their sessions where asked for. */
  alive(withSessions: boolean): readonly Holder[];
}

export function openStartedRecord(directory: string): StartedRecord {
  const path = join(directory, 'started.json');
  let records = read(path);

  const write = (): string | undefined => {
    const draft = `${path}.tmp`;
    try {
      // Renamed into place, so that nobody ever reads half of it. Not synced: after a crash of the machine nobody of them lives.
      writeFileSync(draft, `${JSON.stringify(records)}\n`);
      renameSync(draft, path);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };

  return {
    add(pid, command) {
      const identity = identityOf(pid);
      // Without it, nothing could tell it from a stranger later.
      if (identity === undefined) return undefined;
      records = [...records, { ...identity, since: toSeconds(new Date()), command }];
      return write();
    },
    empty() {
      if (records.length === 0) return;
      records = [];
      write();
    },
    latest: () => records.at(-1),
    alive(withSessions) {
      const pids = new Set<number>();
      for (const record of records.filter(isOfHere)) {
        if (isStill(record.pid, record.startTime)) pids.add(record.pid);
        if (withSessions) for (const pid of membersOf(record)) pids.add(pid);
      }
      pids.delete(process.pid);
      return [...pids].flatMap(asHolder);
    },
  };
}

function read(path: string): readonly ProcessRecord[] {
  const value = readJson(path);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => asProcessRecord(entry) ?? []);
}

/** Those who live in the session that a process leads or led; nobody where its number has gone to another since. */
function membersOf({ pid, startTime }: ProcessRecord): readonly number[] {
  const leader = readProcessStat(pid);
  if (leader !== undefined && leader.startTime !== startTime) return [];
  return liveMembers(pid).filter((member) => (readProcessStat(member)?.startTime ?? -1) >= startTime);
}

function asHolder(pid: number): readonly Holder[] {
  const stat = readProcessStat(pid);
  if (stat === undefined || !isLive(stat)) return [];
  return [{ ...factsOf(pid, stat), startTime: stat.startTime, isOurs: true }];
}
