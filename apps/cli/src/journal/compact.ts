import type { StoredRecord } from './records.js';

/** A crash-looping node writes two lines a restart: past this many records only the newest and the telling are kept. */
const most = 4000;
const kept = 1000;

/** The records that tell as much, where there are too many; else undefined. */
export function compacted(records: readonly StoredRecord[]): readonly StoredRecord[] | undefined {
  if (records.length <= most) return undefined;
  const old = records.slice(0, -kept);
  const upgrades = old.filter((record) => record.kind === 'upgrade');
  // A step that fails at every restart must not push out those that were done.
  const telling = new Set<StoredRecord | undefined>([
    ...upgrades.filter((record) => record.step !== 'failed').slice(-kept),
    upgrades.at(-1),
    ...old.filter((record) => record.kind === 'current').slice(-kept),
    ...old.filter((record) => record.kind === 'skipped').slice(-kept),
    old.findLast((record) => record.kind === 'started'),
    old.findLast((record) => record.kind === 'ended' && record.height !== undefined),
    old.findLast((record) => record.kind === 'file'),
    old.findLast((record) => record.kind === 'chosen'),
    old.findLast((record) => record.kind === 'validator'),
  ]);
  return [...old.filter((record) => telling.has(record)), ...records.slice(-kept)];
}
