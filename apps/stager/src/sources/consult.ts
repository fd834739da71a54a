import { reasonOf } from '@chainvisor/report';
import { FetcherError, redactUrl } from '@chainvisor/fetcher';
import { StagingError } from '@chainvisor/staging';
import { askingOnce, type Context } from '../context.js';
import { StagerError } from '../errors.js';
import type { Target } from '../node/target.js';
import { isTransient } from '../report-error.js';
import { type Answer, declined, type Offer, type SourceName } from './answer.js';
import { namesIn, textOf } from './digest.js';
import { fromPlanInfo } from './plan-info.js';
import { fromRelease } from './release.js';
import { fromTable } from './table.js';
import { fromTemplates } from './templates.js';

/**
 * Asks every source that is switched on: also those that are not needed, to see whether they agree. What one of them cannot
 * answer is its answer.
 *
 * Throws StagerError `source` where a source contradicts itself, FetcherError for a document that is not what its checksum
 * promises, and for an abort.
 */
export async function consult(context: Context, target: Target): Promise<readonly Answer[]> {
  const { values } = context.settings;
  const answers: Answer[] = [];
  const add = async (
    source: SourceName,
    isOn: boolean,
    ask: (context: Context) => Promise<Answer | readonly Answer[]>,
  ) => {
    if (!isOn) {
      answers.push(declined(source, `switched off: [sources] ${source.replace(' ', '_')} = false`));
      return;
    }
    // With a winner the others only confirm: one that fails must not keep that one waiting.
    const isNamed = answers.some((answer) => answer.kind === 'offer' && answer.digest !== undefined);
    const asked = ask(isNamed ? askingOnce(context) : context);
    answers.push(...[await asked.catch((error: unknown) => failed(source, error))].flat());
  };
  await add('plan info', values.fromPlanInfo, (by) => fromPlanInfo(by, target));
  await add('table', values.fromTable, (by) => fromTable(by, target));
  await add('release', values.fromRelease, (by) => fromRelease(by, target));
  await add('template', values.fromTemplate, (by) => fromTemplates(by, target));
  return answers;
}

/** Failures that a person must look at, whatever else there is: somebody may be tampering. */
const alarming = new Set(['FETCHER_CHECKSUM_MISMATCH', 'FETCHER_ABORTED']);

function failed(source: SourceName, error: unknown): Answer {
  if (error instanceof StagerError && error.code !== 'network') throw error;
  const isOurs = error instanceof FetcherError || error instanceof StagingError || error instanceof StagerError;
  if (!isOurs || alarming.has(error.code)) throw error;
  return declined(source, reasonOf(error), {
    transient: isTransient(error) || (error instanceof StagerError && error.code === 'network'),
    hint: error.hint,
  });
}

/**
 * The offers to try, the best one first: by the order of the sources, those with a checksum before those without, which
 * only count where the operator does not require one.
 *
 * Throws StagerError `source` where two of them promise different bytes, and where there is none; `network` where there is
 * none and one may come.
 */
export function rank(
  answers: readonly Answer[],
  target: Target,
  requireChecksum: boolean,
): readonly [Offer, ...Offer[]] {
  const offers = answers.filter((answer) => answer.kind === 'offer');
  refuseDisagreement(offers, target);
  const [best, ...rest] = [
    ...offers.filter(({ digest }) => digest !== undefined),
    ...(requireChecksum ? [] : offers.filter(({ digest }) => digest === undefined)),
  ];
  if (best !== undefined) return [best, ...rest];
  const lines = answers.map((answer) => `${answer.source}: ${whyNot(answer)}`);
  const hints = new Set(answers.flatMap((answer) => (answer.kind === 'declined' ? (answer.hint ?? []) : [])));
  const mayPass = answers.some((answer) => answer.kind === 'declined' && answer.transient);
  throw new StagerError(
    mayPass ? 'network' : 'source',
    `no source names the binary of ${JSON.stringify(target.name)}`,
    {
      reason: lines.join('\n'),
      hint: [...hints, ...(hints.size > 0 ? [] : [byHand])].join('\n'),
    },
  );
}

const byHand =
  'name its place in config.toml ([upgrades."<name>"], [release] or [template]), or put the binary in its place by hand';

/** Why an answer is not the one that is used. */
export function whyNot(answer: Answer): string {
  if (answer.kind === 'declined') return answer.reason;
  if (answer.digest !== undefined) return `names ${redactUrl(answer.url)} too`;
  const why = answer.unproven === undefined ? '' : `: ${answer.unproven}`;
  return `names ${redactUrl(answer.url)} without a checksum, and one is required (require_checksum)${why}`;
}

function refuseDisagreement(offers: readonly Offer[], target: Target): void {
  for (const [index, one] of offers.entries()) {
    for (const other of offers.slice(index + 1)) {
      if (!differs(one, other)) continue;
      throw new StagerError('source', `two sources disagree about the binary of ${JSON.stringify(target.name)}`, {
        reason: [one, other].map(promise).join('\n'),
        hint: 'ask those who released it which one is right; then correct the other, or switch it off in [sources]',
      });
    }
  }
}

function promise({ url, digest, named }: Offer): string {
  return `${named}: ${redactUrl(url)} is ${digest === undefined ? 'anything' : textOf(digest)}`;
}

/** Different hashes for what has the same name: for one plan, whoever hosts it, that must be the same file. */
function differs(one: Offer, other: Offer): boolean {
  if (one.digest === undefined || other.digest === undefined) return false;
  if (one.digest.algorithm !== other.digest.algorithm || one.digest.hex === other.digest.hex) return false;
  return namesIn(one.url)[0] === namesIn(other.url)[0];
}
