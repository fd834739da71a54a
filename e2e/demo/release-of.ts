import { type ReleaseServer, startReleaseServer, tarArchive } from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { World } from './world.ts';

const pack = promisify(gzip);

/** A release server that has published the second upgrade, in an archive as Paloma's releases have it, beside a list of checksums. */
export async function publish({ upgrades, published, daemon }: World): Promise<ReleaseServer> {
  const archive = await pack(
    tarArchive([
      { path: 'LICENSE', content: 'the terms of the release\n' },
      { path: 'README.md', content: '# what it is\n' },
      { path: daemon, content: await readFile(published), mode: 0o755 },
    ]),
  );
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const server = await startReleaseServer();
  server.publish({
    repository: 'palomachain/paloma',
    tag: upgrades[1].name,
    assets: { [ASSET]: archive, 'checksums.txt': `${sha256}  ${ASSET}\n` },
  });
  return server;
}

const ASSET = 'paloma_Linux_x86_64.tar.gz';

/** What the operator tells the stager once: where releases are, in the seed document's own pattern. */
export function stagerConfig({ url }: ReleaseServer): string {
  const releases = `${url}/palomachain/paloma/releases/download/{name}`;
  return `[template]\nurls = ["${releases}/${ASSET}"]\nchecksum = "file:${releases}/checksums.txt"\n`;
}
