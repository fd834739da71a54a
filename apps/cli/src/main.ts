import { parseCommandLine } from './command-line.js';
import { nodeCommandsOf, run } from './commands/run.js';
import { writeTo } from '@chainvisor/report';
import { asText } from '@chainvisor/report';
import { takeServiceVariables } from './notify/service-variables.js';
import { explain } from './report-error.js';

/** The program: one command line in, one exit code out. Nothing else in it exits or prints an error. */
async function main(): Promise<number> {
  const { env } = process;
  // From the environment itself: whatever is started, by whomever of us, is without them.
  const service = takeServiceVariables(env);
  const invocation = parseCommandLine(process.argv.slice(2), nodeCommandsOf(env));
  if (invocation.kind === 'run') return run(invocation, env, service);
  // Loaded only here: a supervisor that runs for months keeps no argument parser in memory.
  const { runProgram } = await import('./program.js');
  return runProgram(invocation, env);
}

function fail(error: unknown): number {
  const explanation = explain(error);
  writeTo(2, `${asText(explanation)}\n`);
  return explanation.exitCode;
}

process.exit(await main().catch(fail));
