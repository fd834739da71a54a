import { redactUrl } from '@chainvisor/fetcher';
import type { Present } from '../node/present.js';
import type { Target } from '../node/target.js';
import type { Answer, Offer } from '../sources/answer.js';
import { whyNot } from '../sources/consult.js';
import { textOf } from '../sources/digest.js';

/** What a run would find. */
export interface DryRun {
  readonly target: Target | undefined;
  readonly present: Present | undefined;
  readonly answers: readonly Answer[];
  /** What would be fetched, the first one that is there; empty where nothing would be. */
  readonly ranked: readonly Offer[];
}

/** What would be fetched from where, why that source won, and why the others did not. */
export function describeDryRun({ target, present, answers, ranked }: DryRun): readonly string[] {
  if (target === undefined) return ['dry run: nothing is planned'];
  const height = target.plan === undefined ? '' : ` for height ${target.plan.height}`;
  const what = `${JSON.stringify(target.name)}${height} (${target.known})`;
  const [winner] = ranked;
  const head =
    winner === undefined
      ? [`dry run: nothing to do for ${what}`, `  ${whyNothing(target, present)}`]
      : [
          `dry run: would stage ${what} in ${target.dir}`,
          `  from ${redactUrl(winner.url)}`,
          `  ${winner.digest === undefined ? 'no checksum is published' : textOf(winner.digest)}`,
          `  named by ${winner.named}: the first source${winner.digest === undefined ? '' : ' with a checksum'}`,
          ...(winner.why === undefined ? [] : [`  chosen because ${winner.why}`]),
          ...(winner.warnings ?? []).map((warning) => `  warning: ${warning}`),
        ];
  return [...head, ...answers.filter((answer) => answer !== winner).map((each) => `  ${each.source}: ${whyNot(each)}`)];
}

function whyNothing({ dir }: Target, present: Present | undefined): string {
  if (present?.state === 'broken') {
    return `a binary is there and will not run: ${present.findings.map(({ message }) => message).join('; ')}; remove ${dir} to have it staged anew`;
  }
  if (present?.state === 'unknown') return present.finding.message;
  return present?.state === 'runs' ? `${present.binary} is there already` : `there is nothing in ${dir}`;
}

/** The same as data. */
export function dryRunJson({ target, present, answers, ranked }: DryRun): unknown {
  const [winner] = ranked;
  return {
    plan: target === undefined ? null : { name: target.name, height: target.plan?.height ?? null, known: target.known },
    dir: target?.dir ?? null,
    present: present?.state ?? null,
    fetch: winner === undefined ? null : offerJson(winner),
    sources: answers.map((answer) => ({
      source: answer.source,
      won: answer === winner,
      ...(answer.kind === 'offer' ? offerJson(answer) : {}),
      reason: answer === winner ? null : whyNot(answer),
    })),
  };
}

function offerJson({ url, digest, named, why, warnings = [] }: Offer): object {
  const checksum = digest === undefined ? null : textOf(digest);
  return { url: redactUrl(url), checksum, named, why: why ?? null, warnings };
}
