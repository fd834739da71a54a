import type { Header } from '@chainvisor/backup';
import { readNodeId } from '@chainvisor/chain';
import { type Current, type Layout, readCurrent } from '@chainvisor/layout';
import { join } from 'node:path';
import { CliError } from '../errors.js';
import { realOf } from '../real-of.js';
import type { RunSettings } from '../settings.js';
import { type ChosenBinary, findBinary } from '../use/binary.js';
import { type Choice, choiceOf, choiceOfTarget, quoted, stagedWords } from '../use/choice.js';
import { planOf } from '../use/point-to.js';
import { looksLikeData } from './find.js';
import { type Keeping, keepingOf } from './keep-state.js';
import { madeFor, type MadeFor } from './made-for.js';
import { asideName, type RestoredOutside, setAsideWith } from './old-data.js';

/** A restore with everything looked at and checked, and nothing done yet. */
export interface PreparedRestore {
  /** The directory of the backup. */
  readonly backup: string;
  /** What it says about itself; undefined for cosmovisor's. */
  readonly header: Header | undefined;
  readonly made: MadeFor;
  /** What `current` names now; undefined where there is no link. */
  readonly from: string | undefined;
  readonly choice: Choice;
  readonly binary: ChosenBinary;
  /** What the operator should know of the plan that comes next, where the backup does not say it itself. */
  readonly warnings: readonly string[];
  readonly keeping: Keeping;
  /** The directories outside the data that are restored with it, by name. */
  readonly outside: readonly RestoredOutside[];
  /** The name that the old data gets. */
  readonly aside: string;
}

/** What was asked for. */
export interface RestoreRequest {
  readonly backup: string;
  /** The word for the binary, where the operator names one. */
  readonly use: string | undefined;
  readonly signal: AbortSignal;
}

/** Throws CliError, LayoutError, BackupError. */
export async function prepareRestore(
  layout: Layout,
  settings: RunSettings,
  { backup, use, signal }: RestoreRequest,
): Promise<PreparedRestore> {
  const current = await readCurrent(layout);
  if (current.state === 'not-a-link') {
    throw new CliError('disk', `${layout.current} is a ${current.kind}, not a link`, { hint: 'move it away' });
  }
  const { backupName, checkBackup } = await import('@chainvisor/backup');
  const header = await checkBackup(backup, { signal });
  if (header === undefined && !(await looksLikeData(backup))) {
    throw new CliError('disk', `${backup} is no backup`, {
      reason: 'it has no manifest, and nothing of what a data directory holds',
      hint: 'chainvisor backup list shows the backups of this home',
    });
  }
  const made = madeFor(header?.about);
  const choice = await chosen(layout, backup, made, use);
  const binary = await findBinary(layout, choice);
  const plan = await planOf(layout, choice, { upgradeInfo: join(backup, 'upgrade-info.json'), fileIsNext: true });
  // Made before that very upgrade, of the data of that very binary: all is as it was then.
  const isAsItWas = made.plan !== undefined && choice.target === made.target;
  const warnings = [...(await ofOtherData(layout, header, made)), ...(isAsItWas ? [] : plan.warnings)];
  const keeping = await keepingOf(layout, backup);
  const outside =
    header === undefined ? await setAsideWith(layout, settings, backup) : header.outside.map(({ name }) => ({ name }));
  const date = backupName(new Date()).slice('data-backup-'.length);
  const names = outside.map(({ name }) => name);
  const aside = await asideName(layout, names, date);
  return { backup, header, made, from: targetIn(current), choice, binary, warnings, keeping, outside, aside };
}

/** Homes are moved, so it is no error; but another chain's data, or another validator's state, is none of this node's. */
async function ofOtherData(layout: Layout, header: Header | undefined, { node }: MadeFor): Promise<readonly string[]> {
  if (header === undefined) return [];
  const data = await realOf(layout.data);
  const here = await readNodeId(layout.home);
  const goOn =
    'go on only where that was this chain and this validator, whose state is taken from it where it is the latest';
  if (node !== undefined && here !== undefined && node !== here)
    return [`this backup was made of the node ${node} at ${header.data}, and this home is of ${here}: ${goOn}`];
  return header.data === data ? [] : [`this backup was made of ${header.data}, not of ${data}: ${goOn}`];
}

function targetIn(current: Exclude<Current, { state: 'not-a-link' }>): string | undefined {
  return current.state === 'absent' ? undefined : current.target;
}

async function chosen(layout: Layout, backup: string, { target }: MadeFor, use: string | undefined): Promise<Choice> {
  if (use !== undefined) return choiceOf(layout, use);
  if (target !== undefined) return choiceOfTarget(layout, target);
  const words = ['genesis', ...(await stagedWords(layout))];
  throw new CliError('usage', `${backup} does not say which binary belongs to its data`, {
    reason: 'a restore has put it aside, cosmovisor made it, or there was no current link then',
    hint: `name the binary that ran when it was made: chainvisor backup restore ${quoted(backup)} --use <name>, with one of ${words.join(', ')}`,
  });
}
