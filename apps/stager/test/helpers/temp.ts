import { rm } from 'node:fs/promises';
import { testDir } from '@chainvisor/testkit';
import { onTestFinished } from 'vitest';

/** A temporary directory that is gone when the test is over. */
export async function tempDir(): Promise<string> {
  const dir = await testDir('chainvisor-stager-');
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
