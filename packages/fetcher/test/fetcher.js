// Fetches a binary as a process of its own, and says on its output how far it is.
import process from 'node:process';
import { defaultLimits, fetchBinary } from '../dist/index.js';

const [url, destination] = process.argv.slice(2);
process.stdout.write('begun\n');
await fetchBinary({
  url,
  destination,
  daemon: 'palomad',
  requireChecksum: false,
  allowWeakChecksum: false,
  env: {},
  attempts: 1,
  limits: defaultLimits,
  onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
});
process.stdout.write('done\n');
