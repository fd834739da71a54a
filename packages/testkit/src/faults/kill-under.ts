import { processesUnder } from '../processes.ts';
import { waitFor } from '../wait-for.ts';

/**
 * Kills by SIGKILL every process that runs from, in or for a path, as a power loss would, and those that they start meanwhile;
 * resolves once none lives. The caller is spared.
 * @throws {TestkitError} `WAIT_TIMEOUT`
 */
export async function killUnder(path: string): Promise<void> {
  let looks = 0;
  await waitFor(`the death of every process under ${path}`, async () => {
    const found = await processesUnder(path);
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It died in between.
      }
    }
    // One that was started during a look by one that ended during it is in the next.
    looks = found.length === 0 ? looks + 1 : 0;
    return looks === 2;
  });
}
