// Backs up, and restores, onto one file system after another, in a mount namespace of its own, and prints how each went.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createBackup, restoreBackup } from '../dist/index.js';

const { data, disk, cases } = JSON.parse(process.argv[2]);
const brief = ({ code, message, hint }) => ({ code, message, hint });
for (const { options, fill, restores, mounted } of cases) {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0755,${options}`, 'none', disk]);
  let filled = false;
  const onProgress = ({ phase }) => {
    if (phase !== 'copying' || fill !== true || filled) return;
    filled = true;
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(64 * 1024 * 1024));
    } catch {
      // That is what it is for.
    }
  };
  let outcome;
  if (restores === undefined) {
    const asked = { data, parent: disk, name: 'b', strategy: 'auto', stopped: true, onProgress };
    outcome = await createBackup(asked).then(({ strategy, reason }) => ({ strategy, reason }), brief);
  } else {
    const target = mounted === true ? disk : join(disk, 'data');
    if (mounted !== true) mkdirSync(target);
    writeFileSync(join(target, 'priv_validator_state.json'), '{"height":"7","round":0,"step":1}');
    const asked = { backup: restores, data: target, aside: 'old', strategy: 'auto', onProgress };
    outcome = await restoreBackup(asked).then(({ strategy, reason }) => ({ strategy, reason }), brief);
  }
  rmSync(join(disk, 'filler'), { force: true });
  const left = readdirSync(disk).sort();
  process.stdout.write(`${JSON.stringify({ options, outcome, left })}\n`);
  execFileSync('umount', [disk]);
}
