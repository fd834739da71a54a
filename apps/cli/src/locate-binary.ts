import { checkExecutable, type Runnable } from '@chainvisor/binary';
import { binaryIn, type Layout } from '@chainvisor/layout';
import { join } from 'node:path';

/** The binary of a directory, or why there is none that can run. */
export type LocatedBinary =
  /** `misplaced`: it lies beside `bin/`, from where `settleBinary` moves it in. */
  { readonly ok: true; readonly misplaced: boolean } | Exclude<Runnable, { ok: true }>;

/** Looks for the binary where it belongs, else where the seed's last command leaves it: `upgrades/<name>/<daemon>`. */
export async function locateBinary(layout: Layout, dir: string): Promise<LocatedBinary> {
  const inPlace = await checkExecutable(binaryIn(layout, dir));
  if (inPlace.ok) return { ok: true, misplaced: false };
  if (inPlace.reason !== 'missing') return inPlace;
  const beside = await checkExecutable(join(dir, layout.daemon));
  if (beside.ok) return { ok: true, misplaced: true };
  return beside.reason === 'missing' || beside.reason === 'not-a-file' ? inPlace : beside;
}
