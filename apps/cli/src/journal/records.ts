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
  /**
   * The operator's word on which binary belongs to this data (`use`). What was known of heights until then may be of other
   * data; `validator` and `wal` are what the disk told at that moment: only what has advanced since counts again.
   */
  | { readonly kind: 'chosen'; readonly target: string; readonly validator?: number; readonly wal?: number }
  /** What the validator signed last (priv_validator_state.json), as it was found, or accepted by the operator. */
  | { readonly kind: 'validator'; readonly height: number; readonly round: number; readonly step: number }
  /** An upgrade was passed by the binary before it, as it was to be skipped: it is not to be made any more. */
  | { readonly kind: 'skipped'; readonly name: string; readonly height: number }
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

/** What was read of a journal. */
export interface ParsedJournal {
  readonly records: readonly StoredRecord[];
  /** Lines that are torn, not JSON, or of a kind that we do not know. */
  readonly passedOver: number;
  /** Lines of a version that is newer than ours; passed over as well. */
  readonly newer: number;
}

/** Reads the lines of a journal. What cannot be understood is passed over: disk has the evidence, the journal only adds to it. */
export function parseJournal(text: string): ParsedJournal {
  const records: StoredRecord[] = [];
  let passedOver = 0;
  let newer = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = parseLine(line);
    if (record === 'newer') newer++;
    else if (record === undefined) passedOver++;
    else records.push(record);
  }
  return { records, passedOver, newer };
}

function parseLine(line: string): StoredRecord | 'newer' | undefined {
  try {
    const value = JSON.parse(line) as (Omit<Partial<StoredRecord>, 'v'> & { v?: unknown }) | null;
    if (value === null || typeof value.v !== 'number') return undefined;
    if (value.v > 1) return 'newer';
    return value.v === 1 && isWhole(value as Partial<StoredRecord>) ? (value as StoredRecord) : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isWholeNumber = (value: unknown): boolean => Number.isSafeInteger(value);
const mayBeWholeNumber = (value: unknown): boolean => value === undefined || isWholeNumber(value);

function isWhole(value: Partial<StoredRecord>): boolean {
  switch (value.kind) {
    case 'started':
    case 'current':
      return isText(value.target);
    case 'chosen':
      return isText(value.target) && mayBeWholeNumber(value.validator) && mayBeWholeNumber(value.wal);
    case 'ended':
      return mayBeWholeNumber(value.height);
    case 'file':
      return isText(value.text);
    case 'validator':
      return [value.height, value.round, value.step].every(isWholeNumber);
    case 'skipped':
      return isText(value.name) && isWholeNumber(value.height);
    case 'upgrade':
      return [value.step, value.name, value.from, value.to].every(isText) && isWholeNumber(value.height);
    default:
      return false;
  }
}
