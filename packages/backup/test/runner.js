// Makes or restores a backup as a process of its own, which may be killed: what was asked for is JSON.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { createBackup, pruneBackups, restoreBackup, verifyBackup } from '../dist/index.js';

const [what, text] = process.argv.slice(2);
const options = JSON.parse(text);
process.stdout.write('begun\n');
if (what === 'create') await createBackup(options);
else if (what === 'restore')
  await restoreBackup({ ...options, finish: async (note) => writeFileSync(options.note, JSON.stringify(note)) });
else if (what === 'verify') await verifyBackup(options.backup);
else await pruneBackups(options.parent, options);
process.stdout.write('done\n');
