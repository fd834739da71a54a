import { explainError, type ExplainRules, type Explanation } from '@chainvisor/report';
import { exitCodes } from './exit-codes.js';

/** What went wrong, why, what to do; a stack only for what is a bug of ours. */
export function explain(error: unknown): Explanation {
  return explainError(error, rules);
}

const rules: ExplainRules = {
  program: 'chainvisor',
  exitCodeOf: (code) => (packages.test(code) ? exitCodeFor(code) : undefined),
  bug: exitCodes.bug,
};

/** The errors of our packages carry an upper-snake code that begins with the word of their package. */
const packages = /^(?:PLAN|LAYOUT|CONFIG|INFO|POLL|RUNNER|FETCHER|STAGING|BINARY|BACKUP|SYSTEMD)_/;

function exitCodeFor(code: string): number {
  if (code.startsWith('CONFIG_')) return exitCodes.config;
  if (code === 'RUNNER_WILL_NOT_DIE' || code === 'RUNNER_SIGNAL_REFUSED') return exitCodes.willNotDie;
  if (code === 'RUNNER_HOME_LOCKED' || code === 'RUNNER_HOME_HELD') return exitCodes.locked;
  if (code === 'RUNNER_LOCK_DENIED') return exitCodes.disk;
  if (code.startsWith('RUNNER_') || code === 'LAYOUT_NOT_RUNNABLE') return exitCodes.binary;
  if (/^(?:FETCHER|STAGING|BINARY)_/.test(code)) return exitCodes.upgradeBinary;
  if (code === 'BACKUP_DAMAGED' || code === 'BACKUP_MANIFEST_INVALID') return exitCodes.backup;
  if (code === 'SYSTEMD_HOST_NAME_INVALID') return exitCodes.usage;
  if (/^SYSTEMD_HOST_(?:USER_MISSING|PROGRAM_TEMPORARY|OTHER_HOME)$/.test(code)) return exitCodes.config;
  // What a unit cannot carry, as against what this machine refuses.
  if (/^SYSTEMD_(?!HOST_)/.test(code)) return exitCodes.config;
  if (code.startsWith('PLAN_')) return exitCodes.upgrade;
  return exitCodes.disk;
}
