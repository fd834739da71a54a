import { errno, reasonOf } from '@chainvisor/report';
import { askCurrentPlan, askOwnStatus, askStatus, type Question, resolveRpcAddress } from '@chainvisor/chain';
import { binaryIn, type Current, readCurrent } from '@chainvisor/layout';
import { parseUpgradeInfo, type Plan } from '@chainvisor/plan';
import { readFile } from 'node:fs/promises';
import type { Context } from '../context.js';
import { shownAddress } from '../settings/shown.js';

/** What the node says of the chain, as of the last block that it has executed. */
export type ChainView =
  | {
      readonly reachable: true;
      readonly question: Question;
      readonly height: number;
      /** undefined where none is scheduled. */
      readonly plan: Plan | undefined;
      /** It has not all blocks yet: what it does not know may be planned all the same. */
      readonly catchingUp: boolean;
    }
  | { readonly reachable: false; readonly reason: string };

/** What is known of the node without changing anything. */
export interface NodeView {
  readonly chain: ChainView;
  /** What upgrade-info.json names; undefined where there is none, or it cannot be read. */
  readonly file: Plan | undefined;
  readonly current: Current;
}

/** Asks the node and reads its files. A node that is down is an answer. Throws LayoutError `LAYOUT_READ_FAILED`. */
export async function lookAtNode(context: Context): Promise<NodeView> {
  const { layout, note } = context;
  const [current, file, chain] = await Promise.all([readCurrent(layout), readInfoFile(context), askChain(context)]);
  if (!chain.reachable) note(`the node does not tell its plan: ${chain.reason}`);
  else if (chain.catchingUp) note('the node is catching up: what is planned later it does not know yet');
  return { chain, file, current };
}

async function askChain({ settings, layout, env, signal }: Context): Promise<ChainView> {
  const { rpcAddress, rpcTimeout } = settings.values;
  const address = await resolveRpcAddress({
    args: rpcAddress === undefined ? [] : ['--rpc.laddr', rpcAddress],
    home: layout.home,
    env,
    executable: binaryIn(layout, layout.current),
  });
  const question = { address, timeout: rpcTimeout, signal };
  // Whoever names an address knows whose it is.
  const status = await (rpcAddress === undefined ? askOwnStatus(layout.home, question) : askStatus(question));
  if (!status.reachable) return { reachable: false, reason: `${placeOf(address)}: ${hidden(address, status.reason)}` };
  const reading = await askCurrentPlan(question);
  if (!reading.reachable)
    return { reachable: false, reason: `${placeOf(address)}: ${hidden(address, reading.reason)}` };
  return { reachable: true, question, height: reading.height, plan: reading.plan, catchingUp: status.catchingUp };
}

function placeOf(address: Question['address']): string {
  return address.text === '' ? 'its RPC' : partsOf(address).map(shownPlace).join(',');
}

/** What cannot be dialled is named in the reason as it was written. */
function hidden(address: Question['address'], reason: string): string {
  return partsOf(address).reduce(
    (text, part) => (part === '' ? text : text.replaceAll(part, () => shownPlace(part))),
    reason,
  );
}

function partsOf({ text }: Question['address']): readonly string[] {
  return text.split(',').map((part) => part.trim());
}

/** The `@` of a socket is no sign of a password. */
function shownPlace(text: string): string {
  return text.startsWith('unix://') ? text : shownAddress(text);
}

async function readInfoFile({ layout, note }: Context): Promise<Plan | undefined> {
  try {
    return parseUpgradeInfo(await readFile(layout.upgradeInfo));
  } catch (error) {
    if (errno(error) !== 'ENOENT') note(`${layout.upgradeInfo} names no plan: ${reasonOf(error)}`);
    return undefined;
  }
}
