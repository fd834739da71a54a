// Switches a home's link between its upgrades until it is killed, and says so once it has begun.
import process from 'node:process';
import { createLayout, switchCurrent, upgradeDir } from '../dist/index.js';

const [home, ...names] = process.argv.slice(2);
const layout = createLayout({ home, daemon: 'palomad', recase: true });
for (let i = 0; ; i++) {
  await switchCurrent(layout, upgradeDir(layout, names[i % names.length]));
  if (i === 1) process.stdout.write('begun\n');
}
