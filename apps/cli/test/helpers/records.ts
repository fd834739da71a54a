import type { JournalRecord, StoredRecord, UpgradeStep } from '../../src/journal/records.js';

/** A node's start and its end. */
export const started = { kind: 'started', pid: 7, target: 'genesis' } as const;
export const ended = { kind: 'ended', pid: 7, how: 'exited with code 2', reason: 'exit' } as const;

/** A step of an upgrade from genesis, as the supervisor records it. */
export function upgradeRecord(
  step: UpgradeStep,
  name = 'v2',
  height = 10,
  from = 'genesis',
): Extract<JournalRecord, { kind: 'upgrade' }> {
  return { kind: 'upgrade', step, name, height, from, to: `upgrades/${name}` };
}

/** A record as a line of the file, with whatever a hostile or newer writer changed. */
export function lineOf(record: JournalRecord, change: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ v: 1, at: '2026-01-05T06:07:08.009Z', ...record, ...change })}\n`;
}

/** The records without what a clock adds. */
export function bare(records: readonly StoredRecord[]): readonly Readonly<Record<string, unknown>>[] {
  return records.map((record) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'at' && key !== 'v')),
  );
}
