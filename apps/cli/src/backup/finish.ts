import type { Finish } from '@chainvisor/backup';
import type { Layout } from '@chainvisor/layout';
import { CliError } from '../errors.js';
import { findBinary } from '../use/binary.js';
import { choiceOfTarget } from '../use/choice.js';
import { planOf, pointTo } from '../use/point-to.js';

/** What the record of a restore keeps for its end. */
export interface RestoreNote {
  /** Where `current` is to point: the binary that belongs to the restored data. */
  readonly target: string;
}

/**
 * The end of a restore, with the new data in its place: points `current` to the binary that belongs to it, as `use` does, with
 * the heights that the new data tells. May be done again. `told` gets what became of records by it. Throws CliError and
 * LayoutError; the restore stays on record as unfinished then, and no node is started.
 */
export function finishRestore(layout: Layout, told: (warning: string) => void): Finish {
  return async (note) => {
    const choice = choiceOfTarget(layout, targetIn(note));
    const binary = await findBinary(layout, choice);
    const plan = await planOf(layout, choice, { upgradeInfo: layout.upgradeInfo, fileIsNext: true });
    for (const closed of await pointTo(layout, choice, { binary, plan })) told(closed);
  };
}

function targetIn(note: unknown): string {
  const { target } = (typeof note === 'object' && note !== null ? note : {}) as Partial<RestoreNote>;
  if (typeof target === 'string' && target !== '') return target;
  throw new CliError(
    'disk',
    'the record of a restore that was cut short does not say which binary belongs to its data',
    {
      reason: 'it was not written by `chainvisor backup restore`, or was changed since',
      hint: 'remove .data.restore.json beside the data directory, and say which binary it is: chainvisor use <name>',
    },
  );
}
