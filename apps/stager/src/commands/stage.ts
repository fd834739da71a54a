import { clearWorkDirs, type Staged } from '@chainvisor/staging';
import { tellingMend } from '../access.js';
import { bring, type Brought } from '../bring.js';
import { planChanges, remember } from '../changes.js';
import { type CommonFlags, type Context, openContext } from '../context.js';
import { takeLock } from '../lock.js';
import { lookAt } from '../node/present.js';
import { findTarget, type Target } from '../node/target.js';
import { lookAtNode } from '../node/view.js';
import { printable, reasonOf, writeTo } from '@chainvisor/report';
import { print, printJson } from '../output.js';
import type { Answer } from '../sources/answer.js';
import { clearRemoved } from '../remove-upgrade.js';
import { consult, rank } from '../sources/consult.js';
import { readState, type State, writeState } from '../state.js';
import { describeDryRun, dryRunJson } from './dry-run.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `stage`. */
export interface StageFlags extends CommonFlags {
  readonly dryRun: boolean;
}

/** What a run has found and done. */
interface Outcome extends Brought {
  readonly target: Target | undefined;
  /** One line each, for what has changed on chain since the last run. */
  readonly changes: readonly string[];
}

/**
 * `stage [NAME]`: has the binary of the next upgrade, or of the one named, in its place. Says nothing where it is there
 * already and nothing has changed. May be cut off anywhere and run again.
 *
 * Throws StagerError and the errors of the packages; nothing is half-staged then.
 */
export async function stage(name: string | undefined, flags: StageFlags, env: Env, signal: AbortSignal): Promise<void> {
  const context = await openContext(flags, env, signal);
  if (flags.dryRun) return dryRun(context, name);
  const lock = takeLock(context.layout, env);
  try {
    if (lock.flaw !== undefined) context.note(`no lock keeps a second run away: ${lock.flaw}`);
    await Promise.all([clearWorkDirs(context.layout), clearRemoved(context.layout)]);
    await tellingMend(context.layout, () => run(context, name));
  } finally {
    context.progress.clear();
    lock.release();
  }
}

async function run(context: Context, name: string | undefined): Promise<void> {
  const { layout, flags } = context;
  const view = await lookAtNode(context);
  const state = await readState(layout);
  const changes = planChanges(layout, state.plan, view.chain);
  try {
    const target = await findTarget(layout, view, name);
    const brought = target === undefined ? { staged: undefined, warnings: [] } : await bring(context, target);
    tell(context, { target, changes, ...brought });
  } catch (error) {
    // They are told once, so they must not get lost behind an error, whose own stdout is data where that is asked for.
    const fd = flags.output === 'json' ? 2 : 1;
    if (!flags.quiet) for (const change of changes) writeTo(fd, `${printable(change)}\n`);
    throw error;
  } finally {
    const after = remember(state, view.chain, Date.now());
    // Only now, and only what was said: otherwise they are told again.
    const isSaid = !flags.quiet || changes.length === 0;
    await keep(context, state, isSaid || state.plan === undefined ? after : { ...after, plan: state.plan });
  }
}

/** Puts on record what the next run is to compare with. */
async function keep({ layout, note }: Context, before: State, after: State): Promise<void> {
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  await writeState(layout, after).catch((error: unknown) => note(`cannot remember the plan: ${reasonOf(error)}`));
}

function tell({ flags }: Context, { target, changes, staged, warnings }: Outcome): void {
  if (flags.quiet) return;
  if (flags.output === 'json') {
    printJson({
      plan: target === undefined ? null : { name: target.name, height: target.plan?.height ?? null },
      state: target === undefined ? 'nothing planned' : staged === undefined ? 'present' : 'staged',
      dir: target?.dir ?? null,
      record: staged?.record ?? null,
      changes,
      warnings,
    });
    return;
  }
  const lines = [...changes];
  if (staged !== undefined && target !== undefined) lines.push(describeStaged(target, staged));
  lines.push(...warnings.map((warning) => `warning: ${warning}`));
  for (const line of lines) print(printable(line));
}

function describeStaged({ name, plan, dir }: Target, { record }: Staged): string {
  const height = plan === undefined ? '' : ` for height ${plan.height}`;
  const version = record.version === undefined ? 'it tells no version' : `version ${record.version}`;
  const proof = record.checksum === undefined ? ' (no checksum was published)' : '';
  return `staged ${JSON.stringify(name)}${height} in ${dir}, from ${record.source}, sha256 ${record.sha256}${proof}, ${version}; named by ${record.named}`;
}

async function dryRun(context: Context, name: string | undefined): Promise<void> {
  const { layout, flags, settings } = context;
  const target = await findTarget(layout, await lookAtNode(context), name);
  const present = target === undefined ? undefined : await lookAt(layout, target.dir);
  const answers: readonly Answer[] = target === undefined ? [] : await consult(context, target);
  const fetched =
    target !== undefined && (present?.state === 'absent' || (present?.state === 'broken' && present.replaceable));
  const ranked = fetched ? rank(answers, target, settings.values.requireChecksum) : [];
  const found = { target, present, answers, ranked };
  if (flags.output === 'json') printJson(dryRunJson(found));
  else for (const line of describeDryRun(found)) print(printable(line));
}
