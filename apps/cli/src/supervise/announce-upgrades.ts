import { reasonOf } from '@chainvisor/report';
import { checkBinary } from '@chainvisor/binary';
import { binaryIn, type Current, libIn, listUpgrades, readCurrent, type StagedUpgrade } from '@chainvisor/layout';
import { isWritable } from '../is-writable.js';
import type { Context } from './context.js';

/** Says at the start what would break an upgrade that is still to come, while there is time to mend it. */
export async function announceUpgrades(ctx: Context): Promise<void> {
  const { layout, log } = ctx;
  const current = await readCurrent(layout);
  const upgrades = await listUpgrades(layout).catch((error: unknown) => {
    log.warn('the staged upgrades cannot be listed', { reason: reasonOf(error) });
    return [];
  });
  for (const upgrade of upgrades) {
    if (!isPast(upgrade, current)) await announce(ctx, upgrade);
  }
}

/** What is run already, or was before. Without a plan beside the binary it may be yet to come. */
export function isPast({ dir, plan }: StagedUpgrade, current: Current): boolean {
  if (current.state !== 'linked') return false;
  const both = plan !== undefined && current.plan !== undefined;
  return current.dir === dir || (both && plan.height <= current.plan.height);
}

async function announce({ layout, log, env }: Context, upgrade: StagedUpgrade): Promise<void> {
  const { dir, directory, binary, misplaced } = upgrade;
  if (!isWritable(dir)) {
    log.warn('the directory of a staged upgrade cannot be written to: its upgrade would fail', { upgrade: dir });
  }
  if (misplaced) {
    const to = binaryIn(layout, dir);
    log.warn('a staged binary lies beside bin/: it will be moved in when its upgrade is due', {
      upgrade: directory,
      to,
    });
  }
  if (!binary.ok) {
    if (!misplaced && binary.reason !== 'missing') {
      log.warn('a staged binary cannot run', { upgrade: directory, reason: binary.detail });
    }
    return;
  }
  const libraryPath = env['LD_LIBRARY_PATH'];
  const findings = await checkBinary(binary.path, {
    libDir: libIn(dir),
    ...(libraryPath === undefined ? {} : { libraryPath }),
  });
  for (const { message, hint } of findings) {
    log.warn('a staged binary will not run', { upgrade: directory, reason: message, do: hint });
  }
}
