import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchBinary, type FetchAccess, type FetchLimits } from '@chainvisor/fetcher';
import { binaryIn, type Layout, placeUpgrade, upgradeDir } from '@chainvisor/layout';
import { ioFailed } from './errors.js';
import { sha256Of } from './hash.js';
import type { BinarySource } from './info-source.js';
import { proveBinary, type ProofOptions } from './prove.js';
import { type StagedRecord, stagedRecordIn } from './record.js';
import { makeWorkDir } from './work-dir.js';

export interface StageOptions extends FetchAccess, ProofOptions {
  readonly source: BinarySource;
  readonly requireChecksum: boolean;
  readonly allowWeakChecksum: boolean;
  readonly limits: FetchLimits;
}

/** A binary that is in its place. */
export interface Staged {
  /** Its directory in `upgrades/`. */
  readonly dir: string;
  readonly record: StagedRecord;
  readonly warnings: readonly string[];
}

/**
 * Fetches the binary of a plan, proves it and puts it into `upgrades/` by one rename. Until then it lies under
 * `.chainvisor/staging`; whatever fails until then, nothing of it stays, and `upgrades/` is as it was.
 *
 * Throws FetcherError, StagingError, LayoutError (`LAYOUT_OCCUPIED` where a runnable binary is there already), PlanError.
 */
export async function stageBinary(layout: Layout, options: StageOptions): Promise<Staged> {
  const { source, plan } = options;
  // A name that no directory can have is refused before anything is fetched.
  upgradeDir(layout, plan);
  const work = await makeWorkDir(layout);
  try {
    const destination = join(work, 'upgrade');
    const fetched = await fetchBinary({
      ...options,
      url: source.url,
      ...(source.checksum === undefined ? {} : { checksum: source.checksum }),
      daemon: layout.daemon,
      destination,
    });
    const { version, warnings } = await proveBinary(layout, destination, { ...options, tmpParent: work });
    const record: StagedRecord = {
      v: 1,
      at: new Date().toISOString(),
      source: fetched.source,
      named: source.named,
      sha256: fetched.sha256,
      ...(fetched.checksum === undefined ? {} : { checksum: fetched.checksum }),
      binarySha256: await sha256Of(binaryIn(layout, destination)),
      ...(version === undefined ? {} : { version }),
    };
    await writeOut(stagedRecordIn(destination), `${JSON.stringify(record, undefined, 2)}\n`);
    return { dir: await placeUpgrade(layout, plan, destination), record, warnings };
  } finally {
    // What cannot be removed, the next run removes: no reason to fail, nor to hide why this one did.
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function writeOut(path: string, text: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o644);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    throw ioFailed(`cannot write ${path}`, error);
  }
}
