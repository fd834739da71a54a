import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Journal, openJournal } from '../../src/journal/journal.js';
import { parseJournal } from '../../src/journal/records.js';
import { tempDir } from './temp.js';

/** Where a journal may be made, its directory included. */
export async function newPath(): Promise<string> {
  return join(await tempDir(), '.chainvisor', 'journal.jsonl');
}

/** Opens a journal for the test; `troubles` is what it warned of. */
export function open(path: string): { journal: Journal; troubles: string[] } {
  const troubles: string[] = [];
  const journal = openJournal(path, (message, reason) => troubles.push(`${message}: ${reason}`));
  onTestFinished(() => journal.close());
  return { journal, troubles };
}

/** Puts a file where the journal is to be. */
export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What the file holds. */
export const readBack = (path: string) => parseJournal(readFileSync(path, 'utf8'));
