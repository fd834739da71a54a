import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, settleBinary } from '@chainvisor/layout';
import { type StepContext, stepError } from './step.js';

/**
 * Step 4: the upgrade's binary is there and can run (invariant A6). One that lies beside `bin/`, as the seed's last
 * command leaves it, is moved in. `may-come`: one that is missing or cannot run is no error yet, as the custom script may bring it.
 */
export async function checkBinary(step: StepContext, missing: 'must-be-there' | 'may-come'): Promise<void> {
  const { layout, dir, log } = step;
  const path = binaryIn(layout, dir);
  const settled = await settleBinary(layout, dir);
  if (settled === 'moved') log.info('the binary lay beside bin/ and was moved in', { path });
  const binary = await checkExecutable(path);
  if (binary.ok) return;
  if (missing === 'may-come') {
    log.info('no binary that can run yet: the custom script may bring it', { path, now: binary.detail });
    return;
  }
  const absent = binary.reason === 'missing';
  throw stepError('upgradeBinary', step, absent ? `its binary is missing: ${path}` : `its binary cannot run: ${path}`, {
    reason: binary.detail,
    hint: `put the new ${layout.daemon} there, executable, and start again: the upgrade then goes on by itself`,
  });
}
