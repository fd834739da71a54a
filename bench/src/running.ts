import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of a contender. */
export interface Running {
  readonly pid: number;
  /** The end of what it and its node have printed. */
  output(): string;
  hasEnded(): boolean;
  /** Its exit code; null while it runs, and where a signal ended it. */
  code(): number | null;
  /** Resolves at its end. */
  readonly ended: Promise<void>;
  /** SIGTERM to `pid`, by default its own; resolves at its end, or after `patience` milliseconds. */
  stop(pid?: number, patience?: number): Promise<void>;
}

/** Starts a command with its output in a file: a pipe to us would have us woken by what is measured. */
export function run(command: readonly string[], env: Readonly<Record<string, string>>, outputFile: string): Running {
  const [file = '', ...args] = command;
  const output = openSync(outputFile, 'a');
  const child = spawn(file, args, { env: { ...env }, stdio: ['ignore', output, output] });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', () => undefined);
    throw new Error(`cannot start ${file}`);
  }
  const ended = once(child, 'exit').then(() => undefined);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const tail = () => readFileSync(outputFile, 'utf8').slice(-4000);
  return {
    pid,
    output: tail,
    hasEnded,
    code: () => child.exitCode,
    ended,
    async stop(target = pid, patience = 20_000) {
      if (hasEnded()) return;
      try {
        process.kill(target, 'SIGTERM');
      } catch {
        // It died in between.
      }
      await Promise.race([ended, sleep(patience, undefined, { ref: false })]);
    },
  };
}
