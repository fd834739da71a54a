/** What Node itself costs: programs for `node -e` that do the bare minimum of what is measured. */

/** `<home> <daemon>`: switches versions as `swap-loop.c` does. */
export const bareSwap = `
const { spawn } = require('node:child_process');
const { readFileSync, watch } = require('node:fs');
const [home, daemon] = process.argv.slice(1);
let version = 1;
let node;
let due = false;
function start() {
  const dir = version === 1 ? 'genesis' : 'upgrades/v' + version;
  node = spawn(home + '/cosmovisor/' + dir + '/bin/' + daemon, ['start', '--home', home], { stdio: 'inherit' });
  node.once('exit', () => {
    if (!due) return;
    due = false;
    version += 1;
    start();
  });
}
function named() {
  try {
    return JSON.parse(readFileSync(home + '/data/upgrade-info.json', 'utf8')).name;
  } catch {
    return undefined;
  }
}
watch(home + '/data', (_, name) => {
  if (due || name !== 'upgrade-info.json' || named() !== 'v' + (version + 1)) return;
  due = true;
  node.kill('SIGTERM');
});
start();
`;

/** `<program> <argument>…`: runs a program, passes SIGTERM on, and ends as it does. */
export const bareSpawn = `
const [file, ...args] = process.argv.slice(1);
const child = require('node:child_process').spawn(file, args, { stdio: 'inherit' });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
`;

/** `<url> <sha256> <file>`: downloads, verifies and decompresses in one pass, and syncs the tar archive; takes no file out of it. */
export const bareFetch = `
const { createHash } = require('node:crypto');
const { createWriteStream } = require('node:fs');
const { pipeline } = require('node:stream/promises');
const [url, sha256, file] = process.argv.slice(1);
const hash = createHash('sha256');
require('node:http').get(url, async (response) => {
  response.on('data', (chunk) => hash.update(chunk));
  await pipeline(response, require('node:zlib').createGunzip(), createWriteStream(file, { flush: true }));
  if (hash.digest('hex') !== sha256) throw new Error('the checksum is wrong');
});
`;

/** Holds one timer of 30 s. */
export const bareTimer = 'setInterval(() => {}, 30_000)';
