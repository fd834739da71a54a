import { parseCommandLine } from '../command-line.js';
import { isSupervisor } from '../systemd/exec.js';

/** What a command line of a supervisor says. */
export interface SupervisorLine {
  /** The arguments of the node. */
  readonly args: readonly string[];
  /** Of --cosmovisor-config. */
  readonly config: string | undefined;
}

/**
 * Reads the command line of a chainvisor or cosmovisor: what comes behind its program is ours, then the node's. Undefined
 * for what is no such line.
 */
export function supervisorLine(argv: readonly string[]): SupervisorLine | undefined {
  const program = argv.slice(0, 4).findIndex((word, index) => isSupervisor(word, argv[index + 1]));
  if (program < 0) return undefined;
  try {
    const invocation = parseCommandLine(argv.slice(program + 1), ['start']);
    return invocation.kind === 'run' ? { args: invocation.args, config: invocation.options.config } : undefined;
  } catch {
    // A line that no supervisor takes.
    return undefined;
  }
}
