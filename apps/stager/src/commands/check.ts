import { redactUrl } from '@chainvisor/fetcher';
import { askingOnce, type CommonFlags, type Context, openContext } from '../context.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { type Readiness, readinessOf } from '../node/readiness.js';
import { findTarget, pendingProposals, type Target } from '../node/target.js';
import { lookAtNode, type NodeView } from '../node/view.js';
import { printable } from '@chainvisor/report';
import { print, printJson } from '../output.js';
import { explain } from '../report-error.js';
import { consult } from '../sources/consult.js';
import { describeOther, findReplaced } from '../sources/replaced.js';
import { readState, timeUntil } from '../state.js';
import { timeText } from '../time-text.js';
import { describeProposals, proposalsJson, type Proposed } from './proposals.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What was found about one upgrade. */
interface Finding {
  readonly target: Target;
  readonly readiness: Readiness;
  /** Blocks until its height; undefined where the chain does not tell. */
  readonly blocks: number | undefined;
  /** Milliseconds until then, by the pace of the chain since an earlier run. */
  readonly time: number | undefined;
}

/**
 * `check [NAME]`: whether the next upgrade, or the one named, is READY, and why not. Changes nothing. Resolves with the exit
 * code: 0 where it is, or nothing is planned; 75 where it is not. Throws what keeps it from being known.
 */
export async function check(
  name: string | undefined,
  flags: CommonFlags,
  env: Env,
  signal: AbortSignal,
): Promise<ExitCode> {
  const context = await openContext(flags, env, signal);
  const view = await lookAtNode(context);
  const target = await findTarget(context.layout, view, name);
  const proposed = await pendingProposals(view);
  const finding = target === undefined ? undefined : await examine(context, view, target);
  signal.throwIfAborted();
  if (!flags.quiet) tell(flags, view, finding, proposed);
  return finding?.readiness.ready === false ? exitCodes.notReady : exitCodes.done;
}

async function examine(context: Context, view: NodeView, target: Target): Promise<Finding> {
  const { chain } = view;
  const height = target.plan?.height;
  const blocks = chain.reachable && height !== undefined ? Math.max(height - chain.height, 0) : undefined;
  const { sample } = await readState(context.layout);
  const time =
    chain.reachable && height !== undefined
      ? timeUntil(height, { at: Date.now(), height: chain.height }, sample)
      : undefined;
  return { target, readiness: await withSources(context, target, await readinessOf(context, target)), blocks, time };
}

/** Adds what the sources say now of what was staged. Failures of asking are passed over. */
async function withSources(context: Context, target: Target, readiness: Readiness): Promise<Readiness> {
  if (readiness.record === undefined || !readiness.ready) return readiness;
  try {
    const answers = await consult(askingOnce(context), target);
    const replaced = findReplaced(readiness.record, answers);
    const other = describeOther(readiness.record, answers);
    if (replaced === undefined) {
      return other === undefined ? readiness : { ...readiness, warnings: [...readiness.warnings, other] };
    }
    const hint = `ask those who released it which one is right; remove ${target.dir} to have it staged anew`;
    return against(readiness, 'it is not what is published now', replaced.reason, hint);
  } catch (error) {
    const { what, why, hint, exitCode } = explain(error);
    if (exitCode !== exitCodes.source) throw error;
    return against(readiness, what, why, hint ?? 'ask those who released it');
  }
}

function against(readiness: Readiness, message: string, reason: string | undefined, hint: string): Readiness {
  const whole = [message, ...(reason === undefined ? [] : [reason.replaceAll('\n', '; ')])].join(': ');
  return { ...readiness, ready: false, findings: [...readiness.findings, { message: whole, hint }] };
}

function tell(flags: CommonFlags, view: NodeView, finding: Finding | undefined, proposed: Proposed): void {
  const { chain } = view;
  if (flags.output === 'json') {
    printJson({
      ready: finding?.readiness.ready ?? null,
      plan: finding === undefined ? null : planJson(finding),
      ...(finding === undefined ? {} : readinessJson(finding.readiness)),
      chain: chain.reachable
        ? { reachable: true, height: chain.height, catching_up: chain.catchingUp }
        : { reachable: false, reason: chain.reason },
      proposals: proposalsJson(proposed),
    });
    return;
  }
  const lines = finding === undefined ? ['READY: nothing is planned'] : describe(finding);
  if (!chain.reachable) lines.push(`  warning: the node does not answer: ${chain.reason}`);
  else if (chain.catchingUp)
    lines.push('  warning: the node is catching up: what is planned later it does not know yet');
  lines.push(...describeProposals(proposed).map((line) => `  ${line}`));
  for (const line of lines) print(printable(line));
}

function describe({ target, readiness, blocks, time }: Finding): string[] {
  const { binary, version, record, findings, warnings, ready } = readiness;
  const height = target.plan === undefined ? '' : ` for height ${target.plan.height}`;
  const left =
    blocks === undefined ? '' : `, in ${blocks} blocks${time === undefined ? '' : `, about ${timeText(time)}`}`;
  const lines = [`${ready ? 'READY' : 'NOT READY'}: ${JSON.stringify(target.name)}${height}${left} (${target.known})`];
  for (const { message, hint } of findings) lines.push(`  why: ${message}`, `  do: ${hint}`);
  if (binary !== undefined) lines.push(`  binary: ${binary}${version === undefined ? '' : `, version ${version}`}`);
  if (record !== undefined) {
    lines.push(
      `  staged: ${record.at} from ${redactUrl(record.source)}, sha256 ${record.sha256}, named by ${record.named}`,
    );
  }
  return [...lines, ...warnings.map((warning) => `  warning: ${warning}`)];
}

function planJson({ target, blocks, time }: Finding): object {
  return {
    name: target.name,
    height: target.plan?.height ?? null,
    known: target.known,
    blocks: blocks ?? null,
    seconds: time === undefined ? null : Math.round(time / 1000),
  };
}

function readinessJson({ binary, version, record, findings, warnings }: Readiness): object {
  return { binary: binary ?? null, version: version ?? null, record: record ?? null, findings, warnings };
}
