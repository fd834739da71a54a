import type { Restored } from '@chainvisor/backup';
import { binaryIn, type Layout } from '@chainvisor/layout';
import { printable } from '@chainvisor/report';
import { basename, join } from 'node:path';
import { targetDir, targetOrNone } from '../supervise/target.js';
import { describeState } from '../supervise/validator-state.js';
import { quoted, wordForTarget } from '../use/choice.js';
import type { PreparedRestore } from './prepare-restore.js';
import { planText, sizeText } from './texts.js';

/** What a restore does, before it is done: the lines that the operator says yes to. */
export function describeIntent(layout: Layout, prepared: PreparedRestore): string {
  const { header, made, from, choice, keeping, aside } = prepared;
  const outside = prepared.outside.map(({ name }) => name);
  const before = made.plan === undefined ? '' : ` before the upgrade ${planText(made.plan)}`;
  const when =
    header === undefined
      ? 'it has no manifest: nothing says when it was made, or whether it is whole'
      : `made ${header.madeAt}${before}, ${sizeText(header.bytes)}`;
  const also = outside.length === 0 ? '' : `, and ${outside.join(', ')} in ${layout.home}`;
  const lines = [
    `restore ${prepared.backup}`,
    `  ${when}`,
    `  to ${layout.data}${also}; what is there now is kept as ${aside}${outside.length === 0 ? '' : `, ${aside}-<name>`}`,
    `  current: ${from === choice.target ? `stays ${choice.target}` : `${from ?? 'no link'} -> ${choice.target}`}`,
    `  validator state: ${stateText(keeping)}`,
    ...prepared.warnings.map((warning) => `  ${warning}`),
  ];
  return lines.map(printable).join('\n');
}

const sources = {
  live: 'as it is now',
  backup: 'of the backup, the latest',
  record: 'as on record, the latest',
} as const;

function stateText({ file, isOutside, state, from }: PreparedRestore['keeping']): string {
  return isOutside ? `${file} is not touched: ${describeState(state)}` : `${describeState(state)}, ${sources[from]}`;
}

/** What a restore did, or would do. */
export interface RestoreOutcome {
  readonly prepared: PreparedRestore;
  /** Undefined for a dry run. */
  readonly restored: Restored | undefined;
  readonly warnings: readonly string[];
}

/** The outcome as lines, or as one object on one line. */
export function describeRestored(layout: Layout, outcome: RestoreOutcome, output: 'text' | 'json'): string {
  if (output === 'json') return printable(JSON.stringify(asData(outcome)));
  const { prepared, restored, warnings } = outcome;
  const told = warnings.map((warning) => printable(`warning: ${warning}`));
  if (restored === undefined) return [...told, `dry run: would ${describeIntent(layout, prepared)}`].join('\n');
  return [...told, ...doneLines(layout, prepared, restored).map(printable)].join('\n');
}

function doneLines(layout: Layout, prepared: PreparedRestore, restored: Restored): string[] {
  const { backup, from, choice } = prepared;
  const { strategy, reason, linked, cloned, copied, aside, outside, outsideLeft } = restored;
  return [
    `restored ${backup} to ${layout.data}`,
    `  by ${strategy}: ${reason}`,
    `  files: ${linked.files} linked, ${cloned.files} cloned, ${copied.files} copied`,
    ...(outside.length === 0 ? [] : [`  with it ${outside.map((name) => join(layout.home, name)).join(', ')}`]),
    ...(outsideLeft.length === 0 ? [] : [`  left as they are: ${outsideLeft.join(', ')}`]),
    `current points to ${choice.target}, before to ${from ?? 'nothing'}`,
    `the validator goes on from ${describeState(signsFrom(prepared, restored))}`,
    ...(aside === undefined
      ? []
      : [
          `the old data is ${aside}${outside.length === 0 ? '' : `, with ${outside.map((name) => `${basename(aside)}-${name}`).join(', ')}`}; to remove it once it is not needed: chainvisor backup prune --old-data`,
          ...(from === undefined
            ? []
            : [`to go back to it: chainvisor backup restore ${quoted(aside)} --use ${wordForTarget(layout, from)}`]),
        ]),
    nextLine(layout, prepared),
  ];
}

function nextLine(layout: Layout, { made, choice }: PreparedRestore): string {
  const start = 'start chainvisor again, as before';
  const { plan, target } = made;
  const to = plan === undefined ? undefined : targetOrNone(layout, { ...plan, info: '' });
  if (plan === undefined || to === undefined || choice.target !== target) return start;
  const file = binaryIn(layout, targetDir(layout, to));
  return `${start}: the node halts at height ${plan.height} again and is then upgraded to ${JSON.stringify(plan.name)} again, by ${file}: put a mended one there first`;
}

/** What the validator goes on from, or would, and who tells it; a file outside the data stays what it is. */
function signsFrom({ keeping }: PreparedRestore, restored: Restored | undefined) {
  if (restored === undefined || keeping.isOutside) {
    const { height, round, step } = keeping.state;
    return { height, round, step, from: keeping.from };
  }
  const { state, from } = restored.state;
  const { height, round, step } = state;
  return { height: Number(height), round, step, from: from === 'atLeast' ? 'record' : from };
}

function asData({ prepared, restored, warnings }: RestoreOutcome) {
  const { backup, header, made, from, choice, binary } = prepared;
  const outside = prepared.outside.map(({ name }) => name);
  return {
    backup,
    madeAt: header?.madeAt ?? null,
    plan: made.plan ?? null,
    from: from ?? null,
    to: choice.target,
    binary: binary.path,
    aside: restored === undefined ? prepared.aside : (restored.aside ?? null),
    outside,
    validator: signsFrom(prepared, restored),
    strategy: restored?.strategy ?? null,
    reason: restored?.reason ?? null,
    linked: restored?.linked ?? null,
    cloned: restored?.cloned ?? null,
    copied: restored?.copied ?? null,
    dryRun: restored === undefined,
    warnings,
  };
}
