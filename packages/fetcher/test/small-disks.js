// Fetches onto one file system after another, in a mount namespace of its own, and prints how each of them went.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { defaultLimits, fetchBinary } from '../dist/index.js';

const [url, directory, ...disks] = process.argv.slice(2);
for (const disk of disks) {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0755,${disk}`, 'none', directory]);
  const destination = join(directory, 'v2');
  const options = { requireChecksum: false, allowWeakChecksum: false, env: {}, attempts: 1, limits: defaultLimits };
  const outcome = await fetchBinary({ url, destination, daemon: 'palomad', ...options }).then(
    () => 'done',
    ({ code, message, hint }) => ({ code, message, hint }),
  );
  const left = readdirSync(directory, { recursive: true }).sort();
  process.stdout.write(`${JSON.stringify({ disk, outcome, left })}\n`);
  execFileSync('umount', [directory]);
}
