import { FetcherError, redactUrl } from '@chainvisor/fetcher';
import { LayoutError } from '@chainvisor/layout';
import { readStagedRecord, stageBinary, type Staged } from '@chainvisor/staging';
import { accessOf, askingOnce, binaryLimits, type Context } from './context.js';
import { StagerError } from './errors.js';
import { lookAt, type Present } from './node/present.js';
import type { Target } from './node/target.js';
import type { Offer } from './sources/answer.js';
import { consult, rank } from './sources/consult.js';
import { textOf } from './sources/digest.js';
import { findReplaced } from './sources/replaced.js';

/** What bringing a binary to its place came to. */
export interface Brought {
  /** undefined where it was there already. */
  readonly staged: Staged | undefined;
  readonly warnings: readonly string[];
}

/**
 * Has the binary of an upgrade in its place: nothing to do where one is that runs; otherwise it is fetched from the first
 * source that has it. What is there and is no program makes room.
 *
 * Throws StagerError: `binary` where one is there that will not run for want of something else, `source` where what is there
 * is not what is published now, and those of the sources; and the errors of the packages.
 */
export async function bring(context: Context, target: Target): Promise<Brought> {
  const { layout, note, settings } = context;
  note(`${JSON.stringify(target.name)}: ${target.known}`);
  const present = await lookAt(layout, target.dir);
  refuseBroken(target, present);
  if (present.state === 'runs') {
    note(`${present.binary} is there already`);
    await refuseReplaced(context, target);
    return { staged: undefined, warnings: [] };
  }
  if (present.state === 'broken')
    note(`${present.binary} makes room: ${present.findings.map(({ message }) => message).join('; ')}`);
  const answers = await consult(context, target);
  for (const answer of answers)
    note(`${answer.source}: ${answer.kind === 'offer' ? `names ${redactUrl(answer.url)}` : answer.reason}`);
  try {
    return await download(context, target, rank(answers, target, settings.values.requireChecksum));
  } catch (error) {
    // The supervisor may fetch it at the same time, where it is allowed to.
    const isOccupied = error instanceof LayoutError && error.code === 'LAYOUT_OCCUPIED';
    if (!isOccupied || (await lookAt(layout, target.dir)).state !== 'runs') throw error;
    note(`${target.dir} was filled by somebody else meanwhile`);
    return { staged: undefined, warnings: [] };
  }
}

/** Throws StagerError `binary` for a binary that will not run and is not ours to take away, `disk` where none can be seen. */
function refuseBroken({ name, dir }: Target, present: Present): void {
  if (present.state === 'unknown') {
    const { message, hint } = present.finding;
    throw new StagerError('disk', message, { hint });
  }
  if (present.state !== 'broken' || present.replaceable) return;
  throw new StagerError('binary', `the binary of ${JSON.stringify(name)} is there, and will not run here`, {
    reason: present.findings.map(({ message }) => message).join('\n'),
    hint: [...new Set(present.findings.map(({ hint }) => hint)), `or remove ${dir} to have it staged anew`].join('\n'),
  });
}

/** Throws StagerError `source` where a source now promises other bytes than were staged. Failures of asking are passed over. */
async function refuseReplaced(context: Context, target: Target): Promise<void> {
  const record = await readStagedRecord(target.dir);
  if (record === undefined) return;
  const replaced = findReplaced(record, await consult(askingOnce(context), target));
  if (replaced === undefined) return;
  throw new StagerError('source', `what is staged for ${JSON.stringify(target.name)} is not what is published now`, {
    reason: replaced.reason,
    hint: `ask those who released it which one is right; remove ${target.dir} to have it staged anew`,
  });
}

async function download(
  context: Context,
  target: Target,
  [offer, ...others]: readonly [Offer, ...Offer[]],
): Promise<Brought> {
  try {
    const staged = await fetchOffer(context, target, offer);
    return { staged, warnings: [...(offer.warnings ?? []), ...staged.warnings] };
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || !(error instanceof FetcherError) || error.code !== 'FETCHER_NOT_FOUND') throw error;
    const { staged, warnings } = await download(context, target, [next, ...rest]);
    return { staged, warnings: [`${offer.named}: ${error.message}`, ...warnings] };
  }
}

async function fetchOffer(context: Context, target: Target, offer: Offer): Promise<Staged> {
  const { layout, settings, progress, note } = context;
  const { requireChecksum, allowWeakChecksum, requireVersion, versionTimeout } = settings.values;
  const { url, named, digest } = offer;
  note(`fetching ${redactUrl(url)}, named by ${named}`);
  try {
    return await stageBinary(layout, {
      ...accessOf(context),
      source: { url, named, ...(digest === undefined ? {} : { checksum: textOf(digest) }) },
      plan: target.name,
      requireChecksum,
      allowWeakChecksum,
      requireVersion,
      versionTimeout,
      limits: binaryLimits(context),
      onProgress: (step) => progress.show(step),
    });
  } finally {
    progress.clear();
  }
}
