import { constants } from 'node:os';
import { StagerError } from './errors.js';
import { asText, writeTo } from '@chainvisor/report';
import { printJson, wantsJson } from './output.js';
import { runProgram } from './program.js';
import { errorJson, explain } from './report-error.js';

// cron's may be so strict that monitoring, and the node's own user, could not read what is staged.
process.umask(0o022);

const args = process.argv.slice(2);

/** Signals that ask for an end. What is under way is undone, then the process ends as if by the signal. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const ending = new AbortController();
let endedBy: (typeof signals)[number] | undefined;
for (const signal of signals) {
  // Once: a second one ends the process there and then, and leaves to the next run what lies about.
  process.once(signal, () => {
    endedBy ??= signal;
    ending.abort(new Error(`ended by ${signal}`));
  });
}

/** The program: one command line in, one exit code out. Nothing else in it exits or prints an error. */
async function main(): Promise<number> {
  try {
    return await runProgram(args, process.env, ending.signal);
  } catch (error) {
    if (endedBy !== undefined) return 128 + constants.signals[endedBy];
    // Another run at work is no news to cron.
    const isQuiet = args.includes('--quiet') || args.includes('-q');
    if (isQuiet && error instanceof StagerError && error.code === 'locked') return error.exitCode;
    return fail(error);
  }
}

function fail(error: unknown): number {
  const explanation = explain(error);
  writeTo(2, `${asText(explanation)}\n`);
  if (wantsJson(args)) printJson(errorJson(explanation));
  return explanation.exitCode;
}

process.on('uncaughtException', (error) => process.exit(fail(error)));
process.exit(await main());
