import { binaryIn } from '@chainvisor/layout';
import { describeEnding, runToEnd } from '@chainvisor/runner';
import { childEnv } from '../child-env.js';
import { faultPoint } from '../fault-point.js';
import { writeTo } from '@chainvisor/report';
import { holdingHome } from '../supervise/home-lock.js';
import { StoppedByOperator } from '../supervise/operator.js';
import { type StepContext, stepError } from './step.js';

/** The contract of an application's `pre-upgrade` command: Cosmos SDK, "Pre-Upgrade Handling". */
const codes = { done: 0, notImplemented: 1, abort: 30, retry: 31 } as const;

/**
 * Step 7: `pre-upgrade` of the new binary by its explicit path, before the switch. 0: done. 1: the application has no
 * such command. 30: abort. 31: again, up to DAEMON_PREUPGRADE_MAX_RETRIES times more. Whatever else it ends with is a
 * failure: a binary that cannot load its libraries ends with 127, and must not be switched to.
 */
export async function runPreUpgrade(step: StepContext): Promise<void> {
  const { layout, settings, log, operator, dir } = step;
  if (step.done('pre-upgrade-done') > 0) return;
  const file = binaryIn(layout, dir);
  const attempts = settings.preupgradeMaxRetries + 1;
  for (let attempt = 1; ; attempt++) {
    if (operator.stop.aborted) throw new StoppedByOperator();
    const ending = await runToEnd({
      file,
      args: ['pre-upgrade'],
      env: childEnv(step.env, dir),
      timeout: settings.preupgradeTimeout,
      signal: operator.stop,
      output: 'capture',
      ...holdingHome(step, `${file} pre-upgrade`),
    });
    // systemd sends its signal to the binary as well, which may end of it before we have asked.
    const isJudged = ending.code === codes.done || ending.code === codes.notImplemented;
    const isCutOff = operator.asked() !== undefined && !isJudged;
    if (ending.reason === 'aborted' || isCutOff) throw new StoppedByOperator();
    // First: the code of one that we ended ourselves says nothing of how far it got.
    if (ending.reason === 'timeout') {
      writeTo(2, ending.stdout + ending.stderr);
      throw failure(step, file, ending, attempts);
    }
    if (ending.code === codes.notImplemented) {
      log.info('pre-upgrade: not implemented by the new binary', { said: firstLine(ending.stderr, ending.stdout) });
      break;
    }
    writeTo(2, ending.stdout + ending.stderr);
    if (ending.code === codes.done) {
      log.info('pre-upgrade: done', { attempt });
      break;
    }
    if (ending.code === codes.retry && attempt < attempts) {
      log.warn('pre-upgrade: asks to be run again', { attempt, of: attempts });
      continue;
    }
    throw failure(step, file, ending, attempts);
  }
  faultPoint('pre-upgrade-ran');
  void step.record('pre-upgrade-done');
  faultPoint('pre-upgrade-recorded');
}

function failure(step: StepContext, file: string, ending: Awaited<ReturnType<typeof runToEnd>>, attempts: number) {
  const command = `${file} pre-upgrade`;
  const hint = 'see what it printed; nothing was switched: mend the cause and start again';
  if (ending.reason === 'timeout') {
    const reason = `it took longer than ${step.settings.preupgradeTimeout}ms (CHAINVISOR_PREUPGRADE_TIMEOUT)`;
    return stepError('preUpgrade', step, `${command} did not end`, { reason, hint });
  }
  if (ending.code === codes.abort) {
    return stepError('preUpgrade', step, `${command} says to abort (exit code 30)`, { hint });
  }
  if (ending.code === codes.retry) {
    const reason = `it asked to be run again (exit code 31) ${attempts} times`;
    return stepError('preUpgrade', step, `${command} reached its limit of retries`, {
      reason,
      hint: `${hint}, or raise DAEMON_PREUPGRADE_MAX_RETRIES`,
    });
  }
  return stepError('preUpgrade', step, `${command} failed`, { reason: `it ${describeEnding(ending)}`, hint });
}

function firstLine(...texts: string[]): string | undefined {
  return texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .find((line) => line !== '')
    ?.replace(/^Error: /, '')
    .slice(0, 200);
}
