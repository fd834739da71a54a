import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, settleBinary } from '@chainvisor/layout';
import { downloadBinary } from './download.js';
import { type StepContext, stepError } from './step.js';

/**
 * Step 4: the upgrade's binary is there and can run (invariant A6). One that lies beside `bin/`, as the seed's last
 * command leaves it, is moved in; one that is missing or cannot run is downloaded where that is allowed. `may-come`: it
 * is no error yet, as the custom script may bring it.
 */
export async function checkBinary(step: StepContext, missing: 'must-be-there' | 'may-come'): Promise<void> {
  const { layout, dir, log, settings } = step;
  const path = binaryIn(layout, dir);
  const settled = await settleBinary(layout, dir);
  if (settled === 'moved') log.info('the binary lay beside bin/ and was moved in', { path });
  if ((await checkExecutable(path)).ok) return;

  const failed = settings.allowDownloadBinaries ? await downloadBinary(step) : undefined;
  // Looked at again whatever became of the download: the stager may have been faster.
  const binary = await checkExecutable(path);
  if (binary.ok) return;
  if (missing === 'may-come') {
    if (failed !== undefined) log.warn('the download failed', { reason: failed.reason });
    log.info('no binary that can run yet: the custom script may bring it', { path, now: binary.detail });
    return;
  }
  const what = binary.reason === 'missing' ? `its binary is missing: ${path}` : `its binary cannot run: ${path}`;
  const byHand = `put the new ${layout.daemon} there, executable, and start again: the upgrade then goes on by itself`;
  if (failed === undefined) throw stepError('upgradeBinary', step, what, { reason: binary.detail, hint: byHand });
  throw stepError('upgradeBinary', step, `${what}, and the download failed`, {
    reason: failed.reason,
    hint: failed.hint === undefined ? byHand : `${failed.hint}\nor ${byHand}`,
  });
}
