import { binaryIn, type Layout } from '@chainvisor/layout';
import type { Refusal } from '@chainvisor/policy';
import { CliError } from '../errors.js';
import { targetDir } from './target.js';

/** A refusal of the policy as the operator reads it. */
export function refusalError(layout: Layout, refusal: Refusal): CliError {
  switch (refusal.why) {
    case 'current-not-a-link':
      return new CliError('disk', `${layout.current} is a ${refusal.kind}, not a link`, {
        hint: 'move it away: chainvisor makes the link itself',
      });
    case 'current-lost':
      return new CliError(
        'binary',
        `${layout.current} is gone or broken, and what ran here last cannot be run: ${refusal.target}`,
        {
          reason: 'an older binary on this data would be a guess',
          hint: `put the binary back at ${binaryIn(layout, targetDir(layout, refusal.target))}, or say which binary belongs to this data, chainvisor use <name>, and start again`,
        },
      );
    case 'binary-missing': {
      const { plan, target, detail } = refusal;
      const path = target === '' ? undefined : binaryIn(layout, targetDir(layout, target));
      return new CliError(
        'upgradeBinary',
        `upgrade ${JSON.stringify(plan.name)} at height ${plan.height} is due and cannot go on: ${path ?? 'no place for its binary'}`,
        {
          reason: detail,
          hint:
            path === undefined
              ? 'a name like this gives no directory: see whether upgrade-info.json is what the node wrote'
              : `put the new ${layout.daemon} there, executable, and start again: the upgrade then goes on by itself; where ${layout.current} already is that version, put a copy of ${layout.upgradeInfo} beside its bin/ instead`,
        },
      );
    }
    case 'manual-passed':
      return new CliError(
        'manualPassed',
        `the manual upgrade ${JSON.stringify(refusal.plan.name)} at height ${refusal.plan.height} is passed: the data is at height ${refusal.height}`,
        {
          hint: `point ${layout.current} to the binary that belongs to this data (chainvisor use <name>), take the upgrade off the list, and start again`,
        },
      );
  }
}
