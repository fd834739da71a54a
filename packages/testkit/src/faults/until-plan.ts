import { readFileSync, statSync } from 'node:fs';
import { waitFor } from '../wait-for.ts';

/** What `upgrade-info.json` names, as far as a test needs it. */
export interface NamedPlan {
  readonly name: string;
  readonly height: number;
}

/**
 * Resolves, within a millisecond or two, once the file names an upgrade at this height or above, whole and parsable.
 * `timeout` in milliseconds, 60 000 by default.
 * @throws {TestkitError} `WAIT_TIMEOUT`
 */
export function untilPlan(infoFile: string, height: number, timeout = 60_000): Promise<NamedPlan> {
  let seen = '';
  return waitFor(
    `a plan at height ${height} in ${infoFile}`,
    () => {
      // A look costs one stat, whoever else needs the machine; only a change is read.
      const { ino, size, mtimeNs } = statSync(infoFile, { bigint: true });
      const stamp = `${ino} ${size} ${mtimeNs}`;
      if (stamp === seen) return undefined;
      const plan = JSON.parse(readFileSync(infoFile, 'utf8')) as NamedPlan;
      seen = stamp;
      return plan.height >= height && plan;
    },
    { timeout, every: 1 },
  );
}
