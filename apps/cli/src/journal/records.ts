/** The steps of an upgrade that the disk alone does not show. Design: the upgrade, step by step. */
export type UpgradeStep =
  | 'detected'
  | 'stopped'
  | 'script-begun'
  | 'script-done'
  | 'pre-upgrade-done'
  | 'switched'
  | 'verified'
  | 'failed'
  | 'abandoned';

/** One line of the journal, without its time. */
export type JournalRecord =
  /** The node was started: where `current` pointed. */
  | { readonly kind: 'started'; readonly pid: number; readonly target: string }
  /** The node ended; `height` is the last that it told. */
  | {
      readonly kind: 'ended';
      readonly pid: number;
      readonly how: string;
      readonly reason: string;
      readonly height?: number;
    }
  /** upgrade-info.json as it parsed last, to be put back should a later one be left unreadable. */
  | { readonly kind: 'file'; readonly text: string }
  /** `current` was set. */
  | { readonly kind: 'current'; readonly target: string; readonly from?: string }
  | {
      readonly kind: 'upgrade';
      readonly step: UpgradeStep;
      readonly name: string;
      readonly height: number;
      readonly from: string;
      readonly to: string;
      readonly detail?: string;
    };

/** A record as it stands in the file. */
export type StoredRecord = JournalRecord & { readonly v: 1; readonly at: string };

const kinds = new Set(['started', 'ended', 'file', 'current', 'upgrade']);

/**
 * Reads the lines of a journal. What is torn, not JSON, of a kind or version that we do not know is passed over and
 * counted: disk has the evidence, the journal only adds to it.
 */
export function parseJournal(text: string): { readonly records: readonly StoredRecord[]; readonly passedOver: number } {
  const records: StoredRecord[] = [];
  let passedOver = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = parseLine(line);
    if (record === undefined) passedOver++;
    else records.push(record);
  }
  return { records, passedOver };
}

function parseLine(line: string): StoredRecord | undefined {
  try {
    const value = JSON.parse(line) as Partial<StoredRecord> | null;
    if (value?.v !== 1 || value.kind === undefined || !kinds.has(value.kind)) return undefined;
    return isWhole(value) ? (value as StoredRecord) : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: Partial<StoredRecord>): boolean {
  switch (value.kind) {
    case 'started':
      return typeof value.target === 'string';
    case 'ended':
      return value.height === undefined || Number.isSafeInteger(value.height);
    case 'file':
      return typeof value.text === 'string';
    case 'current':
      return typeof value.target === 'string';
    case 'upgrade':
      return (
        [value.step, value.name, value.from, value.to].every((part) => typeof part === 'string') &&
        Number.isSafeInteger(value.height)
      );
    default:
      return false;
  }
}
