import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BytePath } from './bytes.js';
import { at, shown } from './bytes.js';
import { BackupError, errno } from './errors.js';
import { sha256Of } from './hash.js';
import { MANIFEST, OUTSIDE, OWN, readManifest } from './manifest.js';
import type { Entry, Header, Manifest } from './manifest.js';
import { DEFAULT_CONCURRENCY, expectConcurrency, realDirectory } from './options.js';
import { eachOf } from './pool.js';
import { createMeter } from './progress.js';
import type { ProgressOptions } from './progress.js';
import { difference } from './read-backup.js';
import { scan } from './scan.js';
import type { Found } from './scan.js';
import { bytesOf } from './summary.js';
import { writeManifest } from './write-manifest.js';

export interface VerifyOptions extends ProgressOptions {
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

export interface Change {
  readonly path: string;
  /**
   * What is not as it was. `time`: the file was written to, or copied without its time, before it had a hash; whether its
   * content is the same cannot be told. `unreadable`: the disk or the permissions refuse it.
   */
  readonly what: 'type' | 'size' | 'target' | 'content' | 'time' | 'unreadable';
}

export interface Verified {
  /** Whether nothing is missing or changed; extra files do no harm. */
  readonly ok: boolean;
  readonly header: Header;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly changed: readonly Change[];
  /** Files whose content was compared with a hash of earlier. */
  readonly compared: number;
  /** Files that got their hash now: the next time their content can be compared. */
  readonly recorded: number;
}

/**
 * Whether a backup is as it was made: every entry there, with its type and size. File contents are hashed; the first time
 * the hashes go into the manifest, later ones are compared with them. Where the manifest cannot be written to
 * (read-only), nothing is recorded, and that is no error.
 *
 * Throws BackupError: `BACKUP_MANIFEST_INVALID`, `BACKUP_DATA_INVALID`, `BACKUP_OPTION_INVALID`, `BACKUP_READ_FAILED`,
 * `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_ABORTED`.
 */
export async function verifyBackup(backup: string, options: VerifyOptions = {}): Promise<Verified> {
  const { signal, concurrency = DEFAULT_CONCURRENCY } = options;
  expectConcurrency(concurrency);
  const root = await realDirectory('the backup', backup);
  const manifest = await readManifest(root);
  const meter = createMeter(options);
  meter.begin('scanning', 0, 0);
  const scanned = await scan(root, { signal, meter, leaveOut: MANIFEST });
  meter.end();

  const { missing, extra, changed, same } = compare(manifest.entries, scanned.entries);
  const files = same.filter(({ entry }) => entry.type === 'file');
  meter.begin('hashing', files.length, bytesOf(files.map(({ entry }) => entry)));
  const hashes = new Map<BytePath, string>();
  let compared = 0;
  await eachOf(files, concurrency, signal, async ({ entry, found }) => {
    const path = shown(entry.path);
    if (entry.sha256 === undefined && !isSameTime(entry, found)) {
      changed.push({ path, what: 'time' });
      return;
    }
    let hash: string;
    try {
      hash = await sha256Of(at(root, entry.path), signal, (bytes) => meter.add(0, bytes));
    } catch (error) {
      if (error instanceof BackupError || errno(error) === undefined) throw error;
      changed.push({ path, what: 'unreadable' });
      return;
    }
    meter.add(1, 0);
    if (entry.sha256 === undefined) hashes.set(entry.path, hash);
    else if (entry.sha256 !== hash) changed.push({ path, what: 'content' });
    else compared += 1;
  });
  meter.end();
  const recorded = (await record(root, manifest, hashes)) ? hashes.size : 0;
  const ok = missing.length === 0 && changed.length === 0;
  return { ok, header: manifest.header, missing, extra, changed, compared, recorded };
}

interface Comparison {
  readonly missing: string[];
  readonly extra: string[];
  readonly changed: Change[];
  readonly same: { readonly entry: Entry; readonly found: Found }[];
}

function compare(entries: readonly Entry[], found: readonly Found[]): Comparison {
  const there = new Map(found.map((one) => [one.path, one]));
  const result: Comparison = { missing: [], extra: [], changed: [], same: [] };
  for (const entry of entries) {
    const one = there.get(entry.path);
    there.delete(entry.path);
    const what = one === undefined ? undefined : difference(entry, one);
    if (one === undefined) result.missing.push(shown(entry.path));
    else if (what === undefined) result.same.push({ entry, found: one });
    else result.changed.push({ path: shown(entry.path), what });
  }
  for (const path of there.keys()) if (!isOurs(path)) result.extra.push(shown(path));
  return result;
}

/** Our own directories, and what a verify that was killed has left of a new manifest. */
const isOurs = (path: BytePath): boolean => path === OWN || path === OUTSIDE || path.startsWith(`${MANIFEST}.`);

/** Times are kept to a fraction of a microsecond. */
const isSameTime = (entry: Entry, found: Found): boolean => Math.abs(entry.mtimeMs - found.mtimeMs) < 0.002;

async function record(root: string, manifest: Manifest, hashes: ReadonlyMap<BytePath, string>): Promise<boolean> {
  if (hashes.size === 0) return false;
  const entries = manifest.entries.map((entry) => {
    const sha256 = hashes.get(entry.path);
    return sha256 === undefined ? entry : { ...entry, sha256 };
  });
  try {
    await writeManifest(root, { header: manifest.header, entries }, await stat(join(root, MANIFEST)));
    return true;
  } catch (error) {
    const cause = error instanceof BackupError ? error.cause : error;
    if (['EROFS', 'EACCES', 'EPERM'].includes(errno(cause) ?? '')) return false;
    throw error;
  }
}
