import { waitFor } from '@chainvisor/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { withBackup } from './fake-backups.ts';
import type { FakeRun } from './fake-run.ts';
import { mountSpace } from './mount-space.ts';
import { faultsProgram, type Supervisor } from './supervisor.ts';
import { through } from './through.ts';

/** A file system of its own for backups, which only what is started by its programs sees. */
export interface BackupDisk {
  /** Where it is, as `DAEMON_DATA_BACKUP_DIR` names it. */
  readonly path: string;
  /** Where we see it. */
  readonly seen: string;
  /** What switches backups on, to there. */
  readonly env: Readonly<Record<string, string>>;
  /** For `FakeRun.start`: the supervisor, with that disk. */
  readonly program: string;
  /** The same with fault points. */
  readonly faults: string;
  /** Runs a shell script that sees it. */
  readonly sh: (script: string) => Promise<void>;
}

/** Mounts a tmpfs of that size, in tmpfs's own words, for the backups of a home. */
export async function backupDisk(t: TestContext, run: FakeRun, size: string): Promise<BackupDisk> {
  const space = await mountSpace(t);
  const path = join(run.home.dir, 'backups');
  await space.sh(`mkdir '${path}'; mount -t tmpfs -o size=${size},mode=0755 none '${path}'`);
  return {
    path,
    seen: space.outside(path),
    env: { ...withBackup, DAEMON_DATA_BACKUP_DIR: path },
    program: await through(run, { command: space.enter }),
    faults: await through(run, { command: space.enter, file: faultsProgram }),
    sh: space.sh,
  };
}

/** Starts the supervisor so that it stops, as by Ctrl-Z, once it has found room for a backup and copied nothing yet. */
export const stoppingAtCopy = { FAULT_POINT: 'backup-copying:signal:SIGSTOP' };

/** Resolves once it has stopped there. */
export async function stoppedAtCopy({ pid }: Supervisor): Promise<void> {
  const isStopped = () => /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  await waitFor('the stop before the first byte is copied', isStopped, { timeout: 90_000 });
}
