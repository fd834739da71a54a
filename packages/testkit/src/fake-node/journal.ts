import { existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeEventBody } from '../fake-types.ts';

export type Journal = (event: FakeEventBody) => void;

/** Appends to the home's journal, one write an event, so that the lines of several processes never mix. Without a home it is silent. */
export function openJournal(home: string, version: string): Journal {
  if (!existsSync(home)) return () => undefined;
  let fd: number;
  try {
    fd = openSync(join(home, 'fake-events.jsonl'), 'a');
  } catch {
    return () => undefined;
  }
  return (event) => {
    writeSync(fd, `${JSON.stringify({ at: Date.now(), pid: process.pid, version, ...event })}\n`);
  };
}
