import { linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { messageOf, systemCodeOf } from '../errors.js';
import { isStillThere } from '../process-identity.js';
import { asProcessRecord, readJson, type ProcessRecord } from './json-record.js';

/** A supervisor's entry in the home: files `supervisor-N.json`, of which the one with the highest number counts. */
export type Claim =
  | { readonly kind: 'made'; readonly withdraw: () => void }
  /** Another live process has made one. */
  | { readonly kind: 'refused'; readonly by: ProcessRecord }
  /** Nothing could be written. */
  | { readonly kind: 'failed'; readonly reason: string };

/** The supervisor that put itself on record last, alive or not; undefined for no record, a torn one or garbage. */
export function readClaim(directory: string): ProcessRecord | undefined {
  const newest = Math.max(...numbersIn(directory));
  return asProcessRecord(readJson(join(directory, nameOf(newest))));
}

/**
 * Puts a supervisor on record, unless another live one is. Of many at once exactly one succeeds, on any file system that has
 * hard links: a claim appears whole, under the number after the highest; who finds a higher one afterwards was too late, and
 * only the owner of the highest takes away those below.
 */
export function makeClaim(directory: string, record: ProcessRecord): Claim {
  for (;;) {
    const numbers = numbersIn(directory);
    const newest = Math.max(0, ...numbers);
    const other = asProcessRecord(readJson(join(directory, nameOf(newest))));
    if (other !== undefined && isStillThere(other)) return { kind: 'refused', by: other };

    const path = join(directory, nameOf(newest + 1));
    const failure = create(path, record);
    // Somebody was faster: look at that one.
    if (failure === 'EEXIST') continue;
    if (failure !== undefined) return { kind: 'failed', reason: failure };
    if (Math.max(...numbersIn(directory)) > newest + 1) {
      remove(path);
      continue;
    }
    for (const number of numbers) remove(join(directory, nameOf(number)));
    return { kind: 'made', withdraw: () => remove(path) };
  }
}

/** Undefined when it was made. */
function create(path: string, record: ProcessRecord): string | undefined {
  const draft = `${path}.${record.pid}-${record.startTime}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(record)}\n`);
    linkSync(draft, path);
    return undefined;
  } catch (error) {
    const code = systemCodeOf(error);
    return code === 'EEXIST' ? code : messageOf(error);
  } finally {
    remove(draft);
  }
}

function nameOf(number: number): string {
  return `supervisor-${number}.json`;
}

function numbersIn(directory: string): readonly number[] {
  try {
    return readdirSync(directory)
      .map((name) => Number(/^supervisor-([1-9]\d{0,14})\.json$/.exec(name)?.[1]))
      .filter((number) => !Number.isNaN(number));
  } catch {
    return [];
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A stale record harms nobody: it names a process that is not there.
  }
}
