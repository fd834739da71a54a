import { checkBinary } from '@chainvisor/binary';
import { askAppliedPlans } from '@chainvisor/chain';
import { type Layout, libIn, listUpgrades, type StagedUpgrade } from '@chainvisor/layout';
import { readStagedRecord, type StagedRecord } from '@chainvisor/staging';
import { join } from 'node:path';
import { type CommonFlags, openContext } from '../context.js';
import { pendingProposals, sameDir } from '../node/target.js';
import { lookAtNode, type NodeView } from '../node/view.js';
import { printable } from '@chainvisor/report';
import { print, printJson } from '../output.js';
import { describeProposals, proposalsJson } from './proposals.js';

type Env = Readonly<Record<string, string | undefined>>;

/** One directory of `upgrades/`. */
interface Row {
  readonly upgrade: StagedUpgrade;
  readonly record: StagedRecord | undefined;
  /** `runs`, or why not. */
  readonly state: string;
  readonly runs: boolean;
  /** `current`, `planned`, or what the chain says of it. */
  readonly marks: readonly string[];
}

/** `list`: what lies in `upgrades/`, where it came from, and what the chain plans and votes on. Changes nothing. */
export async function list(flags: CommonFlags, env: Env, signal: AbortSignal): Promise<void> {
  const context = await openContext(flags, env, signal);
  const { layout } = context;
  const view = await lookAtNode(context);
  const [upgrades, proposed] = await Promise.all([listUpgrades(layout), pendingProposals(view)]);
  const applied = view.chain.reachable ? await askAppliedPlans(view.chain.question) : undefined;
  const done = applied?.reachable === true ? applied.applied : [];
  const rows: Row[] = [];
  for (const upgrade of upgrades) {
    const record = await readStagedRecord(upgrade.dir);
    const heights = done.filter((plan) => sameDir(layout, plan, upgrade.dir)).map(({ height }) => height);
    rows.push({ upgrade, record, ...(await stateOf(layout, upgrade)), marks: marksOf(layout, view, upgrade, heights) });
  }
  signal.throwIfAborted();
  const { chain, current } = view;
  if (flags.output === 'json') {
    printJson({
      current: current.state === 'linked' || current.state === 'dangling' ? current.target : null,
      upgrades: rows.map(rowJson),
      plan: chain.reachable && chain.plan !== undefined ? { name: chain.plan.name, height: chain.plan.height } : null,
      chain: chain.reachable ? { reachable: true, height: chain.height } : { reachable: false, reason: chain.reason },
      proposals: proposalsJson(proposed),
    });
    return;
  }
  const lines = rows.length === 0 ? [`nothing is staged in ${layout.upgrades}`] : rows.flatMap(describe);
  if (!rows.some(({ marks }) => marks.includes('current'))) lines.unshift(...describeCurrent(layout, view));
  lines.push(describeChain(layout, view, rows), ...describeProposals(proposed));
  for (const line of lines) print(printable(line));
}

async function stateOf(
  layout: Layout,
  { dir, binary, misplaced }: StagedUpgrade,
): Promise<Pick<Row, 'state' | 'runs'>> {
  if (!binary.ok) return { state: `will not run: ${binary.detail}`, runs: false };
  const findings = await checkBinary(misplaced ? join(dir, layout.daemon) : binary.path, { libDir: libIn(dir) });
  if (findings.length > 0)
    return { state: `will not run: ${findings.map(({ message }) => message).join('; ')}`, runs: false };
  return { state: misplaced ? 'runs, lies beside bin/' : 'runs', runs: true };
}

function marksOf(
  layout: Layout,
  view: NodeView,
  { directory, dir }: StagedUpgrade,
  heights: readonly number[],
): readonly string[] {
  const { current, chain, file } = view;
  const isCurrent =
    (current.state === 'linked' || current.state === 'dangling') && current.target === `upgrades/${directory}`;
  const plan = chain.reachable ? chain.plan : undefined;
  return [
    ...(isCurrent ? ['current'] : []),
    ...(plan !== undefined && sameDir(layout, plan, dir) ? [`planned for height ${plan.height}`] : []),
    ...(file !== undefined && !isCurrent && sameDir(layout, file, dir) ? ['named by upgrade-info.json'] : []),
    ...heights.map((height) => `made at height ${height}`),
  ];
}

function describe({ upgrade, record, state, marks }: Row): string[] {
  const { directory, plan } = upgrade;
  const height = plan === undefined ? [] : [`switched to for height ${plan.height}`];
  const lines = [
    [directory, state, ...marks, ...(marks.some((mark) => mark.startsWith('made')) ? [] : height)].join(', '),
  ];
  if (record !== undefined) {
    lines.push(
      `  ${record.version ?? 'no version'}, staged ${record.at} from ${record.source}, sha256 ${record.sha256}`,
    );
  }
  return lines;
}

/** What runs, where it is none of the upgrades; nothing where there is no `current` yet. */
function describeCurrent(layout: Layout, { current }: NodeView): string[] {
  switch (current.state) {
    case 'absent':
      return [];
    case 'linked':
      return [`current: ${current.target}`];
    case 'dangling':
      return [`warning: ${layout.current} leads to ${JSON.stringify(current.target)}, where no directory is`];
    case 'not-a-link':
      return [`warning: ${layout.current} is a ${current.kind}, where a link to what runs must be`];
  }
}

function describeChain(layout: Layout, { chain }: NodeView, rows: readonly Row[]): string {
  if (!chain.reachable) return `what the chain plans is not known: ${chain.reason}`;
  const { plan, height } = chain;
  if (plan === undefined) return `height ${height}: nothing is planned`;
  const isThere = rows.some(({ upgrade, runs }) => runs && sameDir(layout, plan, upgrade.dir));
  return `height ${height}: ${JSON.stringify(plan.name)} is planned for height ${plan.height}, ${isThere ? 'and staged' : 'and NOT staged'}`;
}

function rowJson({ upgrade, record, state, runs, marks }: Row): object {
  const { directory, dir, misplaced, plan } = upgrade;
  return { directory, dir, runs, state, misplaced, marks, height: plan?.height ?? null, record: record ?? null };
}
