import {
  type FakeBinary,
  installFakeNode,
  type Profile,
  type ReleaseServer,
  startReleaseServer,
  testDir,
} from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { release } from './fake-run.ts';

/** A server of releases that is gone when the test is. */
export async function releaseServer(t: TestContext): Promise<ReleaseServer> {
  const server = await startReleaseServer();
  t.onTestFinished(() => server.close());
  return server;
}

/** The daemon's release of that name, as a chain would publish it. */
export async function releaseBytes(profile: Profile, name: string, more: Partial<FakeBinary> = {}): Promise<Buffer> {
  const dir = await testDir();
  try {
    const path = join(dir, 'palomad');
    await installFakeNode(path, { ...release(profile, name), ...more });
    return await readFile(path);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** What a plan adds to a URL. */
export function checksumQuery(content: Uint8Array): string {
  return `?checksum=sha256:${sha256(content)}`;
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The info of a plan that names one binary for every platform. */
export function infoWith(url: string): string {
  return JSON.stringify({ binaries: { any: url } });
}
