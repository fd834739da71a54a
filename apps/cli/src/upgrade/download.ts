import { hintOf, reasonOf } from '@chainvisor/report';
import { stageFromInfo } from '../stage-from-info.js';
import { isStop, StoppedByOperator } from '../supervise/operator.js';
import type { StepContext } from './step.js';

/** How often is told how far a download is. */
const TELL_MS = 10_000;
/** With pauses of 1, 2, 4 and 8 seconds between them; a longer outage is the next start's. */
const ATTEMPTS = 5;

/** Why nothing was downloaded, and what to do about it. */
export interface NoDownload {
  readonly reason: string;
  readonly hint: string | undefined;
}

/**
 * Fetches the binary that the plan names and puts it in its place, verified and proven; undefined when it is there. What
 * failed leaves nothing that the next try would meet. Throws StoppedByOperator.
 */
export async function downloadBinary(step: StepContext): Promise<NoDownload | undefined> {
  const { layout, plan, settings, env, log, operator } = step;
  step.notifier.status('step 4 of 10, downloading the binary');
  log.info('downloading the binary that the plan names', { plan: plan.name });
  let told = Date.now();
  try {
    const { record, warnings } = await stageFromInfo(layout, plan, settings, {
      env,
      attempts: ATTEMPTS,
      signal: operator.stop,
      onRetry: ({ reason, waitMs }) =>
        log.warn('the download failed, it is tried again', { reason, in: `${waitMs}ms` }),
      onProgress: ({ phase, bytes, total }) => {
        if (Date.now() - told < TELL_MS) return;
        told = Date.now();
        log.info(phase === 'download' ? 'downloading' : 'unpacking', { bytes, of: total });
      },
    });
    const { source, sha256, version } = record;
    log.info('the binary is downloaded and in its place', { from: source, sha256, version });
    if (record.checksum === undefined) {
      log.warn('the plan names no checksum of it: only the connection vouches for what was downloaded');
    }
    for (const warning of warnings) log.warn(warning);
    return undefined;
  } catch (error) {
    if (operator.stop.aborted || isStop(error)) throw new StoppedByOperator();
    return { reason: reasonOf(error), hint: hintOf(error) };
  }
}
