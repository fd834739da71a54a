// Prints each fact as one line until the state given as second argument was seen.
import { writeSync } from 'node:fs';
import { watchInfo } from '@chainvisor/watcher';

const [file = '', last] = process.argv.slice(2);
const { signal } = new AbortController();
for await (const fact of watchInfo({ file, pollInterval: 20, signal })) {
  writeSync(1, `${fact.state === 'unreadable' ? fact.reason : fact.state}\n`);
  if (fact.state === last) break;
}
