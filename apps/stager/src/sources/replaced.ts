import { redactUrl } from '@chainvisor/fetcher';
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
    const staged =
      algorithm === 'sha256'
        ? record.sha256
        : record.checksum?.algorithm === algorithm
          ? record.checksum.hex
          : undefined;
    if (staged === undefined || staged === hex) continue;
    const reason = `${algorithm}:${staged} was staged on ${record.at} from ${record.source}\n${answer.named} now promises ${textOf(answer.digest)} for ${redactUrl(answer.url)}`;
    return { offer: answer, reason };
  }
  return undefined;
}
