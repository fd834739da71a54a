import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a staged binary came from and what proved it; lies beside its `bin/` and goes where that goes. */
export interface StagedRecord {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The URL, without credentials. */
  readonly source: string;
  /** Who named it. */
  readonly named: string;
  /** Of what was downloaded, lower-case hex. */
  readonly sha256: string;
  /** What that was verified against; absent where nothing was published and the operator had agreed to that. */
  readonly checksum?: { readonly algorithm: string; readonly hex: string; readonly from: string };
  /** Of the binary itself, lower-case hex. */
  readonly binarySha256: string;
  /** What `<daemon> version` said; absent where it said nothing that could be understood. */
  readonly version?: string;
}

/** The record of a directory in `upgrades/`. */
export function stagedRecordIn(dir: string): string {
  return join(dir, 'staged.json');
}

/** What was recorded when the binary in `dir` was staged; undefined where there is none that can be read. */
export async function readStagedRecord(dir: string): Promise<StagedRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(stagedRecordIn(dir), 'utf8')) as Partial<StagedRecord> | null;
    if (record?.v !== 1) return undefined;
    const { at, source, named, sha256, binarySha256, version, checksum } = record;
    const needed = [at, source, named, sha256, binarySha256];
    const ifThere = [
      version ?? 'none',
      ...(checksum === undefined ? [] : [checksum.algorithm, checksum.hex, checksum.from]),
    ];
    return [...needed, ...ifThere].every(isText) ? (record as StagedRecord) : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
