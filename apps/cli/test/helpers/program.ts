import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createLayout, type Layout } from '@chainvisor/layout';
import { testDir } from '@chainvisor/testkit';
import { parseJournal } from '../../src/journal/records.js';
import { bundle, type ChildEnd, runChild, startChild } from './child.js';
import { putBinary } from './context.js';
import { bare } from './records.js';
import { tempDir } from './temp.js';

/** A home on disk with a binary in `genesis`, and the program run on it in a process of its own. */
export interface ProgramHome {
  readonly layout: Layout;
  readonly run: (...args: readonly string[]) => Promise<ChildEnd>;
  /** The same, for a test that does not wait for its end. */
  readonly start: (...args: readonly string[]) => ChildProcess;
  /** Puts a file under the home. */
  readonly write: (path: string, text: string) => Promise<void>;
  /** The text of a file under the home; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** Puts a binary at `upgrades/<name>/bin`. */
  readonly stage: (...names: readonly string[]) => Promise<void>;
  /** The records of the journal, without their times. */
  readonly records: () => readonly Readonly<Record<string, unknown>>[];
}

let bundled: string | undefined;

/** Bundles the whole program into one file, which is gone with the tests of this file. For `beforeAll`. */
export async function bundleProgram(): Promise<() => Promise<void>> {
  const dir = await testDir('chainvisor-cli-');
  bundled = join(dir, 'program.mjs');
  await bundle("import '../src/main.js';", bundled);
  return () => rm(dir, { recursive: true, force: true });
}

/** Makes the home. The program must have been bundled. */
export async function makeProgramHome(): Promise<ProgramHome> {
  const file = bundled;
  if (file === undefined) throw new Error('bundleProgram is to be called first');
  const home = await tempDir();
  const layout = createLayout({ home, daemon: 'palomad', recase: true });
  await mkdir(layout.upgrades, { recursive: true });
  await mkdir(layout.data);
  await putBinary(join(layout.genesis, 'bin', layout.daemon));
  const env = { PATH: process.env['PATH'], DAEMON_HOME: home, DAEMON_NAME: layout.daemon };
  const read = (path: string) => {
    const full = join(home, path);
    return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
  };
  return {
    layout,
    read,
    run: (...args) => runChild(process.execPath, [file, ...args], { env }),
    start: (...args) => startChild(process.execPath, [file, ...args], { env, stdio: 'ignore' }),
    write: async (path, text) => {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    },
    stage: async (...names) => {
      for (const name of names) await putBinary(join(layout.upgrades, name, 'bin', layout.daemon));
    },
    records: () => bare(parseJournal(read('cosmovisor/.chainvisor/journal.jsonl') ?? '').records),
  };
}
