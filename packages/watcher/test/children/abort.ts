// Starts several watches, ends each in another way, and then has nothing left to do: the process must end by itself.
import { watchInfo } from '@chainvisor/watcher';

const file = process.argv[2] ?? '';
const pollInterval = 3_600_000;
const controller = new AbortController();
const { signal } = controller;

for await (const fact of watchInfo({ file, pollInterval, signal })) if (fact.state === 'absent') break;

const returned = watchInfo({ file, pollInterval, signal })[Symbol.asyncIterator]();
await returned.next();
const waiting = returned.next();
await returned.return?.();
await waiting;

const aborted = watchInfo({ file, pollInterval, signal })[Symbol.asyncIterator]();
await aborted.next();
const interrupted = aborted.next();
controller.abort();
await interrupted;

watchInfo({ file, pollInterval, signal: new AbortController().signal })[Symbol.asyncIterator]();
