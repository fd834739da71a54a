import { commandOf, SystemdError } from '@chainvisor/systemd';
import { basename } from 'node:path';

const supervisors: ReadonlySet<string> = new Set(['chainvisor', 'cosmovisor']);

/**
 * Whether a word of a command is the program of a supervisor, ours as our units write it or another's. Many programs of
 * others are called main.js, too: `next` tells, as they are not told to `run`.
 */
export function isSupervisor(word: string, next: string | undefined): boolean {
  const name = basename(word);
  return supervisors.has(name) || (name === 'main.js' && next === 'run');
}

/** The words of an `ExecStart=`; undefined where systemd could not read it. */
export function argvOf(exec: string): readonly string[] | undefined {
  try {
    return commandOf(exec).argv;
  } catch (error) {
    if (error instanceof SystemdError) return undefined;
    throw error;
  }
}
