import { isStop, listenToOperator } from '../supervise/operator.js';
import { writeTo } from '@chainvisor/report';

/**
 * Runs a command that a signal ends cleanly. Resolves with the code to exit with: the work's own, or 128 + the signal's number
 * where it was cut off by one. `left` says in words what a signal leaves. What the work throws for another reason passes through.
 */
export async function stoppable(left: string, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const operator = listenToOperator();
  try {
    const code = await work(operator.stop);
    if (operator.failure() !== undefined) throw operator.failure();
    return code;
  } catch (error) {
    if (operator.failure() !== undefined) throw operator.failure();
    const code = operator.exitCode();
    if (code === undefined || !isCutOff(error)) throw error;
    writeTo(2, `ended by ${operator.asked() ?? 'a signal'}: ${left}\n`);
    return code;
  }
}

function isCutOff(error: unknown): boolean {
  return isStop(error) || (error instanceof Error && 'code' in error && error.code === 'BACKUP_ABORTED');
}
