import { checkExecutable } from '@chainvisor/binary';
import { describeEnding, runToEnd } from '@chainvisor/runner';
import { faultPoint } from '../fault-point.js';
import { holdingHome } from '../supervise/home-lock.js';
import { StoppedByOperator } from '../supervise/operator.js';
import { type StepContext, stepError } from './step.js';

/**
 * Step 6: the operator's own script, `<home>/cosmovisor/<COSMOVISOR_CUSTOM_PREUPGRADE>`, with the plan's name and height
 * as arguments, in the home, its output shown as it comes. It runs at least once an upgrade and again where it was cut
 * off; CHAINVISOR_ATTEMPT counts. Once it has succeeded it is not run again for that upgrade.
 */
export async function runCustomScript(step: StepContext, path: string): Promise<void> {
  const { layout, settings, plan, log, operator } = step;
  if (step.done('script-done') > 0) {
    log.info('the custom script has already succeeded for this upgrade', { path });
    return;
  }
  const script = await checkExecutable(path);
  if (!script.ok) {
    throw stepError('script', step, `COSMOVISOR_CUSTOM_PREUPGRADE cannot run: ${path}`, {
      reason: script.detail,
      hint: 'mend the script, or unset COSMOVISOR_CUSTOM_PREUPGRADE, and start again',
    });
  }
  const attempt = step.done('script-begun') + 1;
  await step.record('script-begun');
  faultPoint('script-begun');
  if (operator.stop.aborted) throw new StoppedByOperator();
  log.info('running the custom script', { path, attempt });
  const ending = await runToEnd({
    file: path,
    args: [plan.name, String(plan.height)],
    cwd: layout.home,
    env: { ...step.env, CHAINVISOR_ATTEMPT: String(attempt) },
    timeout: settings.preupgradeTimeout,
    signal: operator.stop,
    output: 'inherit',
    ...holdingHome(step, path),
  });
  // systemd sends its signal to the script as well, which may end of it before we have asked.
  if (ending.reason === 'aborted' || (operator.asked() !== undefined && ending.code !== 0))
    throw new StoppedByOperator();
  if (ending.reason === 'timeout' || ending.code !== 0) {
    const why =
      ending.reason === 'timeout' ? `took longer than ${settings.preupgradeTimeout}ms` : describeEnding(ending);
    throw stepError('script', step, `the custom script ${path} ${why}`, {
      hint: 'see what it printed above; nothing was switched: mend it and start again',
    });
  }
  faultPoint('script-ran');
  await step.record('script-done');
  faultPoint('script-recorded');
}
