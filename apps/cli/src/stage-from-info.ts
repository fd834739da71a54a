import type { Layout } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import type { FetchAccess } from '@chainvisor/fetcher';
import type { Staged } from '@chainvisor/staging';
import type { RunSettings } from './settings.js';

/** A node answers `version` within a second; at a halt, with everything else of the host at work, it is given more. */
const VERSION_TIMEOUT = 60_000;

/**
 * Fetches the binary that a plan's info names for this machine, verifies and proves it and puts it into `upgrades/`.
 * DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM holds for a document that the info refers to and for the binary; md5 and sha1, which
 * can be forged, never count. What a killed try has left is removed first, so that it cannot fill the disk.
 *
 * Throws FetcherError, StagingError, LayoutError, PlanError; nothing is left then.
 */
export async function stageFromInfo(
  layout: Layout,
  plan: Plan,
  settings: RunSettings,
  access: Omit<FetchAccess, 'headers'>,
): Promise<Staged> {
  // Parts of the same file, but an HTTP client and what unpacks archives are not run where nothing is downloaded.
  const [{ clearWorkDirs, hostPlatform, sourceOfInfo, stageBinary }, { defaultLimits }] = await Promise.all([
    import('@chainvisor/staging'),
    import('@chainvisor/fetcher'),
  ]);
  const rules = {
    ...access,
    requireChecksum: settings.downloadMustHaveChecksum,
    allowWeakChecksum: false,
    limits: defaultLimits,
  };
  await clearWorkDirs(layout);
  const source = await sourceOfInfo(plan.info, { ...rules, platform: hostPlatform() });
  return stageBinary(layout, {
    ...rules,
    source,
    plan: plan.name,
    requireVersion: false,
    versionTimeout: VERSION_TIMEOUT,
  });
}
