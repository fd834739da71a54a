import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { killLeftRuns } from '@chainvisor/binary';
import type { Layout } from '@chainvisor/layout';
import { identityOf, isOfHere, isStillThere, type ProcessIdentity } from '@chainvisor/runner';
import { ioFailed } from './errors.js';

/** An owner that cannot be looked up, in another container or on another machine, has given up when nothing moved so long. */
const GIVEN_UP_MS = 3_600_000;

const NAME = /^fetch-(\d+)-(\d+)-([\w[\]:]+)-([\da-f-]{36})-[\da-f]{8}$/;

/**
 * A new directory under `.chainvisor/staging` for one download. Its name says which process it belongs to.
 *
 * Throws StagingError `STAGING_IO_FAILED`.
 */
export async function makeWorkDir(layout: Layout): Promise<string> {
  const me = identityOf(process.pid);
  const owner = [me?.pid ?? 0, me?.startTime ?? 0, me?.pidNamespace ?? 'none', me?.bootId ?? '-'.repeat(36)];
  const dir = join(layout.staging, ['fetch', ...owner, randomBytes(4).toString('hex')].join('-'));
  try {
    await mkdir(dir, { recursive: true });
    return dir;
  } catch (error) {
    throw ioFailed(`cannot make ${dir}`, error);
  }
}

/** Ends and removes what runs that were killed have left under `.chainvisor/staging`. Never rejects. */
export async function clearWorkDirs(layout: Layout): Promise<void> {
  const names = await readdir(layout.staging).catch(() => []);
  for (const name of names) {
    const owner = ownerOf(name);
    const dir = join(layout.staging, name);
    if (owner === undefined) continue;
    const isLeft = isOfHere(owner) ? !isStillThere(owner) : await isQuiet(dir);
    if (!isLeft) continue;
    // The binary may be running still, asked for its version by a run that was killed.
    await killLeftRuns(dir).catch(() => undefined);
    await rm(dir, { recursive: true, force: true }).catch(() => undefined);
  }
}

function ownerOf(name: string): ProcessIdentity | undefined {
  const [, pid, startTime, pidNamespace, bootId] = NAME.exec(name) ?? [];
  if (pidNamespace === undefined || bootId === undefined) return undefined;
  return { pid: Number(pid), startTime: Number(startTime), pidNamespace, bootId };
}

/** Whether nothing in it was written for a long time. */
async function isQuiet(dir: string): Promise<boolean> {
  const names = await readdir(dir, { recursive: true }).catch(() => []);
  const times = await Promise.all(
    ['.', ...names].map(async (name) => (await stat(join(dir, name)).catch(() => undefined))?.mtimeMs ?? 0),
  );
  return Math.max(...times) < Date.now() - GIVEN_UP_MS;
}
