import { askCurrentPlan, askOwnStatus, askStatus, resolveRpcAddress } from '@chainvisor/chain';
import { binaryIn, type Layout, upgradeDir } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { locateBinary } from '../locate-binary.js';
import { print } from '../output.js';
import { loadSettings, type RunSettings } from '../settings.js';
import { stageFromInfo } from '../stage-from-info.js';
import { checkOutput } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** cosmovisor's own limit. */
const ANSWER_MS = 10_000;
const ATTEMPTS = 3;

/** What may stand behind `prepare-upgrade`. */
export interface PrepareFlags {
  readonly output: string;
  /** Which node is asked, as the SDK writes it: `tcp://host:port`; our own, where nothing is said. */
  readonly node: string | undefined;
}

/** What became of it; as `--output json` shows it. */
interface Prepared {
  readonly plan: { readonly name: string; readonly height: number } | null;
  /** The binary, where there is a plan. */
  readonly binary: string | null;
  /** Whether this run has put it there. */
  readonly staged: boolean;
  readonly source?: string;
  readonly sha256?: string;
  readonly version?: string;
  readonly warnings: readonly string[];
}

/**
 * `prepare-upgrade`: asks the node for the plan of the chain and stages the binary that it names, whatever
 * DAEMON_ALLOW_DOWNLOAD_BINARIES says; as root, as the user who owns the home. Nothing planned, or a binary that is there already, is no error. Throws CliError
 * `node` where the node does not answer or is another's, and what `stageFromInfo` throws.
 */
export async function prepareUpgrade(env: Env, configPath: string | undefined, flags: PrepareFlags): Promise<void> {
  const output = checkOutput(flags.output);
  const { values, warnings } = await loadSettings(env, configPath);
  const layout = layoutOf(values);
  const { leaveRoot } = await import('@chainvisor/staging');
  leaveRoot(layout);
  const plan = await planOf(layout, env, flags.node);
  const prepared = plan === undefined ? nothing : await prepare(layout, plan, values, env);
  const told = { ...prepared, warnings: [...warnings, ...prepared.warnings] };
  print(output === 'json' ? JSON.stringify(told) : asText(told));
}

async function prepare(layout: Layout, plan: Plan, settings: RunSettings, env: Env): Promise<Prepared> {
  const { name, height } = plan;
  const dir = upgradeDir(layout, name);
  const common = { plan: { name, height }, binary: binaryIn(layout, dir) };
  if ((await locateBinary(layout, dir)).ok) return { ...common, staged: false, warnings: [] };
  const { record, warnings } = await stageFromInfo(layout, plan, settings, { env, attempts: ATTEMPTS });
  const { source, sha256, version, checksum } = record;
  const unproven = checksum === undefined ? ['the plan names no checksum: only the connection vouches for it'] : [];
  return {
    ...common,
    staged: true,
    source,
    sha256,
    ...(version === undefined ? {} : { version }),
    warnings: [...unproven, ...warnings],
  };
}

const nothing: Prepared = { plan: null, binary: null, staged: false, warnings: [] };

/** The plan of the chain, as our own node tells it, or the one that the operator has named. */
async function planOf(layout: Layout, env: Env, node: string | undefined): Promise<Plan | undefined> {
  const { home } = layout;
  const args = node === undefined ? [] : ['--rpc.laddr', node];
  const address = await resolveRpcAddress({ args, home, env, executable: binaryIn(layout, layout.current) });
  const question = { address, timeout: ANSWER_MS };
  const status = await (node === undefined ? askOwnStatus(home, question) : askStatus(question));
  if (!status.reachable) throw silent(layout, status.reason);
  const reading = await askCurrentPlan(question);
  if (!reading.reachable) throw silent(layout, reading.reason);
  return reading.plan;
}

function silent({ home }: Layout, reason: string): CliError {
  return new CliError('node', `the node of ${home} does not tell its upgrade plan`, {
    reason,
    hint: 'start the node, or name one of the same chain: --node tcp://host:26657',
  });
}

function asText({ plan, binary, staged, source, sha256, version, warnings }: Prepared): string {
  const notes = warnings.map((warning) => `warning: ${warning}`);
  if (plan === null) return ['no upgrade is planned', ...notes].join('\n');
  const which = `${plan.name}, at height ${plan.height}`;
  if (!staged) return [`${which}: its binary is there already: ${binary ?? ''}`, ...notes].join('\n');
  return [
    `${which}: staged ${binary ?? ''}`,
    `  from ${source ?? ''}`,
    `  sha256 ${sha256 ?? ''}${version === undefined ? '' : `, version ${version}`}`,
    ...notes,
  ].join('\n');
}
