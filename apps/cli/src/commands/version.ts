import { binaryIn } from '@chainvisor/layout';
import { describeEnding, exitCodeOf, runToEnd } from '@chainvisor/runner';
import { childEnv } from '../child-env.js';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { currentDir, passThrough } from '../pass-through.js';
import { loadSettings } from '../settings.js';
import { version } from '../version.js';
import { checkOutput } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A binary that prints its version has done so by then. */
const answerWithin = 30_000;

/**
 * `version`: ours, then the binary's. The text's first line begins as cosmovisor's does, which monitoring reads; the JSON
 * has cosmovisor's two keys and one more that tells us apart.
 */
export async function showVersion(
  env: Env,
  configPath: string | undefined,
  output: string,
  own: boolean,
): Promise<number> {
  const json = checkOutput(output) === 'json';
  const ours = { cosmovisor_version: `chainvisor ${version()}`, chainvisor_version: version() };
  if (!json) {
    print(`cosmovisor version: ${ours.cosmovisor_version}`);
    if (own) return 0;
    return passThrough(await layoutFor(env, configPath), ['version'], env);
  }
  if (own) {
    print(JSON.stringify(ours));
    return 0;
  }
  const layout = await layoutFor(env, configPath);
  const dir = await currentDir(layout);
  const file = binaryIn(layout, dir);
  const args = ['version', '--long', '--output', 'json'];
  const ending = await runToEnd({ file, args, env: childEnv(env, dir), timeout: answerWithin, output: 'capture' });
  const application = parseJson(ending.stdout);
  if (application === undefined) {
    throw new CliError('binary', `${file} ${args.join(' ')} printed no JSON and ${describeEnding(ending)}`, {
      reason: (ending.stderr || ending.stdout).trim().slice(0, 500) || 'it printed nothing',
      hint: 'run it by hand; `chainvisor version` without --output json needs no JSON',
    });
  }
  print(JSON.stringify({ ...ours, app_version: application }));
  return exitCodeOf(ending);
}

async function layoutFor(env: Env, configPath: string | undefined) {
  const { values } = await loadSettings(env, configPath);
  return layoutOf(values);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
