import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory, its path free of links. The caller removes it. */
export async function testDir(prefix = 'chainvisor-'): Promise<string> {
  return mkdtemp(join(await realpath(tmpdir()), prefix));
}
