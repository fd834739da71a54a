// Asks a server that never answers and gives up: nothing may then keep the process.
import { askStatus } from '@chainvisor/chain';

const port = Number(process.argv[2]);
const address = { state: 'tcp', host: '127.0.0.1', port, text: '', source: 'default' } as const;
const timed = await askStatus({ address, timeout: 100 });
const controller = new AbortController();
const asked = askStatus({ address, timeout: 3_600_000, signal: controller.signal });
setTimeout(() => controller.abort(), 50);
if (timed.reachable || (await asked).reachable) process.exitCode = 1;
