// Writes to a LevelDB without end, compacting now and then, and says each time it has written a batch.
import process from 'node:process';
import { ClassicLevel } from 'classic-level';

const [path, seed] = process.argv.slice(2);
const db = new ClassicLevel(path, { compression: false, writeBufferSize: 64 * 1024, maxFileSize: 128 * 1024 });
await db.open();
let state = Number(seed);
const random = () => (state = (state * 48271) % 2147483647);
for (let round = 1; ; round++) {
  const batch = Array.from({ length: 500 }, () => ({
    type: random() % 5 === 0 ? 'del' : 'put',
    key: `k${random() % 20000}`,
    value: String(random()).repeat(20),
  }));
  await db.batch(batch);
  if (round % 10 === 0) await db.compactRange('k', 'l');
  process.stdout.write(`${round}\n`);
}
