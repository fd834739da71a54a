import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { watchInfo, type InfoFact, type WatchNote } from '../src/index.js';

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, latest first. */
export function later(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chainvisor-watcher-'));
  later(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Home {
  readonly root: string;
  readonly data: string;
  readonly file: string;
}

/** A temporary home whose data directory exists unless told otherwise. */
export function tempHome(data: 'with data' | 'without data' = 'with data'): Home {
  const root = tempDir();
  const directory = join(root, 'data');
  if (data === 'with data') mkdirSync(directory);
  return { root, data: directory, file: join(directory, 'upgrade-info.json') };
}

/** The text that SDK 0.46 and later write. */
export function planText(name: string, height = 100, info = ''): string {
  const text = { name, time: '0001-01-01T00:00:00Z', height };
  return JSON.stringify(info === '' ? text : { ...text, info });
}

export interface Follower {
  readonly facts: InfoFact[];
  readonly notes: WatchNote[];
  readonly stop: () => Promise<void>;
  /** Waits until the latest fact has these members. */
  readonly sees: (expected: object) => Promise<void>;
  readonly seesPlan: (name: string) => Promise<void>;
  readonly noted: (kind: WatchNote['kind']) => Promise<void>;
}

/** Collects every fact until the test is over. */
export function follow(file: string, pollInterval = 40): Follower {
  const controller = new AbortController();
  const facts: InfoFact[] = [];
  const notes: WatchNote[] = [];
  const onNote = (note: WatchNote) => void notes.push(note);
  const done = (async () => {
    for await (const fact of watchInfo({ file, pollInterval, signal: controller.signal, onNote })) facts.push(fact);
  })();
  const stop = async () => {
    controller.abort();
    await done;
  };
  later(stop);
  const sees = (expected: object) => until(() => expect(facts.at(-1)).toMatchObject(expected));
  return {
    facts,
    notes,
    stop,
    sees,
    seesPlan: (name) => sees({ state: 'plan', plan: { name } }),
    noted: (kind) => until(() => expect(notes.map((note) => note.kind)).toContain(kind)),
  };
}

export async function until(assertion: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(assertion, { timeout: 20_000, interval: 5 });
}
