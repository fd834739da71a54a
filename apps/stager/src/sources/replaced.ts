import { type Digest, redactUrl } from '@chainvisor/fetcher';
import type { StagedRecord } from '@chainvisor/staging';
import type { Answer, Offer } from './answer.js';
import { namesIn, textOf } from './digest.js';

/** A source that now promises other bytes than those that were staged. */
export interface Replaced {
  readonly offer: Offer;
  /** For people: what was staged, and what is promised now. */
  readonly reason: string;
}

/**
 * The first source that promises other bytes now under the name of the file that was staged: it was replaced after it was
 * published. Files of another name (another form of the same release) cannot be compared.
 */
export function findReplaced(record: StagedRecord, answers: readonly Answer[]): Replaced | undefined {
  const name = namesIn(record.source)[0];
  for (const answer of answers) {
    if (answer.kind === 'declined' || answer.digest === undefined || namesIn(answer.url)[0] !== name) continue;
    const { algorithm, hex } = answer.digest;
    const staged = stagedHash(record, answer.digest);
    if (staged === undefined || staged === hex) continue;
    const reason = `${algorithm}:${staged} was staged on ${record.at} from ${record.source}\n${answer.named} now promises ${textOf(answer.digest)} for ${redactUrl(answer.url)}`;
    return { offer: answer, reason };
  }
  return undefined;
}

/**
 * The best source, in words, where it names another file now than the one that was staged, under another name and not of the
 * same bytes: a plan's info that was corrected, or another source that has come to know the plan. undefined where it does not.
 */
export function describeOther(record: StagedRecord, answers: readonly Answer[]): string | undefined {
  const best = answers.find((answer): answer is Offer => answer.kind === 'offer' && answer.digest !== undefined);
  if (best?.digest === undefined || namesIn(best.url)[0] === namesIn(record.source)[0]) return undefined;
  const { algorithm, hex } = best.digest;
  if (stagedHash(record, best.digest) === hex) return undefined;
  return `${best.named} names another file now: ${redactUrl(best.url)}, ${algorithm} ${hex}`;
}

/** The hash of what was downloaded, by the algorithm of another one; undefined where it is not on record. */
function stagedHash({ sha256, checksum }: StagedRecord, { algorithm }: Digest): string | undefined {
  if (algorithm === 'sha256') return sha256;
  return checksum?.algorithm === algorithm ? checksum.hex : undefined;
}
