import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Layout, listUpgrades } from '@chainvisor/layout';
import type { Facts } from '@chainvisor/policy';
import { describeEnding, type Ending } from '@chainvisor/runner';
import { wordForTarget } from '../use/choice.js';
import type { Context } from './context.js';

/** A binary that cannot read its data says so while it starts. */
const atOnce = 60_000;

/**
 * Says that the binary which we chose may be the wrong one, once it has ended at once on data of which no height is known,
 * as after state sync or a restore, while others are staged: only the operator can know which belongs to the data.
 */
export async function adviseOnWrongBinary(
  { layout, log, walHeight }: Pick<Context, 'layout' | 'log' | 'walHeight'>,
  facts: Facts,
  ending: Ending | undefined,
): Promise<void> {
  if (ending === undefined || facts.current.state !== 'linked' || !endedAtOnce(facts, ending)) return;
  if (!mayBeOfOtherData(facts, await walHeight())) return;
  const { target } = facts.current;
  const others = await othersToUse(layout, target);
  if (others.length === 0) return;
  // In the message, which is printed as it is: a field would be quoted, and the command could not be copied.
  log.error(
    `${target} may be the wrong binary for this data, whose height is not known for certain: it ${describeEnding(ending)} at once, and other binaries are staged; choose the one that belongs to the data: ${useCommand(others)}`,
    { after: `${Math.round(ending.ranFor)}ms` },
  );
}

/** Whether an ending may be a binary's word that the data is not for it. */
export function endedAtOnce({ child, file }: Facts, ending: Ending): boolean {
  if (child.state !== 'ended' || child.by !== 'itself' || child.liveHeight !== undefined) return false;
  if (ending.ranFor > atOnce || ending.code === 0) return false;
  // That file alone makes most nodes panic, whichever binary runs.
  return file.state !== 'unreadable';
}

/**
 * Whether what is known of heights may be of other data: nothing is known, or the consensus log, which comes with the data, is
 * behind what is on record, or behind the upgrade that `current` is for. A validator is one block ahead of its log.
 */
export function mayBeOfOtherData({ current, heights }: Facts, wal: number | undefined): boolean {
  const known = Math.max(heights.recorded ?? 0, heights.validator ?? 0);
  if (known === 0) return true;
  const upgrade = current.state === 'linked' ? (current.plan?.height ?? 0) : 0;
  return wal !== undefined && wal < Math.max(known, upgrade) - 1;
}

/** What else is staged here and can run, as words for `use`, the newest last. Never rejects. */
export async function othersToUse(layout: Layout, target: string): Promise<readonly string[]> {
  const upgrades = await listUpgrades(layout).catch(() => []);
  const staged = upgrades.filter(({ binary }) => binary.ok).map(({ directory }) => `upgrades/${directory}`);
  const genesis = (await checkExecutable(binaryIn(layout, layout.genesis))).ok ? ['genesis'] : [];
  return [...genesis, ...staged].filter((other) => other !== target).map((other) => wordForTarget(layout, other));
}

/** The command to type, to choose one of these. */
export function useCommand(words: readonly string[]): string {
  const [only] = words;
  return words.length === 1 && only !== undefined
    ? `chainvisor use ${only}`
    : `chainvisor use <name>, with one of ${words.join(', ')}`;
}
