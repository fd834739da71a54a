import { checkExecutable, type Runnable } from '@chainvisor/binary';
import { binaryIn, type Layout, settleBinary } from '@chainvisor/layout';
import { CliError } from '../errors.js';
import { locateBinary } from '../locate-binary.js';
import { type Choice, stagedWords } from './choice.js';

/** Where the binary of a choice lies, and whether it is still to be moved into `bin/`. */
export interface ChosenBinary {
  readonly path: string;
  readonly misplaced: boolean;
}

/**
 * Finds the binary of a choice and checks that it can run (invariant A6), in `bin/` or beside it. Changes nothing. Throws
 * CliError `binary`, naming what is staged.
 */
export async function findBinary(layout: Layout, choice: Choice): Promise<ChosenBinary> {
  const path = binaryIn(layout, choice.dir);
  const binary = await locateBinary(layout, choice.dir);
  if (!binary.ok) throw await cannotRun(layout, choice, binary);
  return { path, misplaced: binary.misplaced };
}

/** Moves the binary into `bin/` where it lies beside it. Throws as `findBinary`. */
export async function moveIn(layout: Layout, choice: Choice, { path, misplaced }: ChosenBinary): Promise<void> {
  if (!misplaced) return;
  await settleBinary(layout, choice.dir);
  const binary = await checkExecutable(path);
  if (!binary.ok) throw await cannotRun(layout, choice, binary);
}

async function cannotRun(
  layout: Layout,
  { target, dir }: Choice,
  { path, reason, detail }: Exclude<Runnable, { ok: true }>,
): Promise<CliError> {
  const staged = await stagedWords(layout);
  const others = staged.length === 0 ? 'nothing is staged' : `staged are ${staged.join(', ')}`;
  const what = reason === 'missing' ? `${target} has no binary: ${path}` : `the binary cannot run: ${path}`;
  return new CliError('binary', what, {
    reason: `${detail}; ${others}`,
    hint: `put ${layout.daemon} at ${binaryIn(layout, dir)}, executable, or name what is staged`,
  });
}
