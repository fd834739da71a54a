import { asText, writeTo } from '@chainvisor/report';
import { askToLook, type LookFailed } from '../doctor/ask.js';
import { isGood } from '../doctor/check.js';
import { describeLooked, lookedAsJson } from '../doctor/describe.js';
import { look } from '../doctor/look.js';
import { CliError } from '../errors.js';
import { exitCodes } from '../exit-codes.js';
import { printWhole } from '../output.js';
import { explain } from '../report-error.js';
import { checkOutput } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `doctor`: looks at the whole set-up and changes nothing. Takes no lock, and less than a minute. Resolves with the exit code:
 * 78 where something is an error. Throws CliError `usage`.
 */
export async function doctor(
  configPath: string | undefined,
  unit: string | undefined,
  format: string,
): Promise<number> {
  const output = checkOutput(format);
  const args = [
    ...(configPath === undefined ? [] : ['--cosmovisor-config', configPath]),
    ...(unit === undefined ? [] : ['--unit', unit]),
  ];
  const looked = await askToLook(args);
  if ('kind' in looked) {
    writeTo(2, `${looked.text}\n`);
    return looked.exitCode;
  }
  printWhole(output === 'json' ? lookedAsJson(looked) : describeLooked(looked));
  return isGood(looked.checks) ? 0 : exitCodes.config;
}

/** The other side: tells the process that started us what it sees. Throws CliError `usage` where nobody did. */
export async function doctorLook(env: Env, configPath: string | undefined, unit: string | undefined): Promise<number> {
  const send = process.send?.bind(process);
  if (send === undefined) {
    throw new CliError('usage', 'this is for chainvisor itself', { hint: 'type `chainvisor doctor`' });
  }
  // Not by exit(), which waits for threads: a file system that hangs has them.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  try {
    await look({ env, config: configPath, unit }, (told) => void send(told));
  } catch (error) {
    const explanation = explain(error);
    const failed: LookFailed = { kind: 'failed', text: asText(explanation), exitCode: explanation.exitCode };
    send(failed);
  }
  // Until the one who asked has heard it, and ends us.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return 0;
}
