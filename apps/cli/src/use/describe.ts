import type { Plan } from '@chainvisor/plan';
import { printable } from '@chainvisor/report';

/** What `use` did, or would do. */
export interface Outcome {
  /** What `current` named before; undefined where there was no link. */
  readonly from: string | undefined;
  readonly to: string;
  readonly binary: string;
  /** The plan that the binary stands for; undefined where none is known. */
  readonly plan: Plan | undefined;
  readonly dryRun: boolean;
  /** Whether anything on disk but the record of the choice is another than before. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/** The outcome as lines, or as one object on one line. */
export function describeChosen(outcome: Outcome, output: 'text' | 'json'): string {
  const { from, to, binary, plan, dryRun, changed, warnings } = outcome;
  if (output === 'json') {
    const named = plan === undefined ? null : { name: plan.name, height: plan.height };
    return printable(JSON.stringify({ from: from ?? null, to, binary, plan: named, dryRun, changed, warnings }));
  }
  const stands = plan === undefined ? 'no plan that is known' : `${JSON.stringify(plan.name)} at height ${plan.height}`;
  const lines = [
    ...warnings.map((warning) => `warning: ${warning}`),
    `${points(outcome)}, ${before(outcome)}`,
    `${binary} ${dryRun ? 'would stand' : 'stands'} for ${stands}`,
  ];
  return lines.map(printable).join('\n');
}

function points({ to, dryRun }: Outcome): string {
  return dryRun ? `dry run: current would point to ${to}` : `current points to ${to}`;
}

function before({ from, to }: Outcome): string {
  if (from === undefined) return 'before there was no link';
  return from === to ? 'as before' : `before to ${from}`;
}
