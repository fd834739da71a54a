import {
  askCurrentPlan,
  askStatus,
  type CurrentPlanReading,
  readNodeId,
  resolveRpcAddress,
  type RpcAddress,
  type RpcAddressInput,
  type StatusReading,
} from '@chainvisor/chain';

/** A busy node may take seconds to answer. */
const answerWithin = 5000;

/** What answers where our node should. */
export interface NodeFacts {
  readonly address: RpcAddress;
  /** The id of this home's node; undefined where it has no key yet, or we may not read it. */
  readonly ownId: string | undefined;
  readonly status: StatusReading;
  /** Whether what answers is our node. */
  readonly isOwn: boolean;
  /** What the chain has planned, as our node says; undefined where it does not answer. */
  readonly plan: CurrentPlanReading | undefined;
}

/** Asks the node that is started like this. Never throws. */
export async function askNode(input: RpcAddressInput, signal: AbortSignal): Promise<NodeFacts> {
  const [address, ownId] = await Promise.all([resolveRpcAddress(input), readNodeId(input.home)]);
  const question = { address, timeout: answerWithin, signal };
  const status = await askStatus(question);
  const isOwn = status.reachable && (ownId === undefined || status.nodeId === ownId);
  return { address, ownId, status, isOwn, plan: isOwn ? await askCurrentPlan(question) : undefined };
}
