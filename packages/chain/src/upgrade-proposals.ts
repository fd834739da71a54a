import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Plan } from '@chainvisor/plan';
import { abciQuery, type Refusal } from './abci-query.js';
import { bounded } from './ask.js';
import { readProposal, type GovVersion, type ProposalMessage } from './proposal-message.js';
import { bytesOf, messageOf, readFields } from './protobuf.js';
import { unreachable, type Question, type Unreachable } from './question.js';

/** How much of the list is read: so many proposals a page, up to so many pages. The small pages fit where the large do not. */
interface Range {
  readonly status: number;
  readonly pages: readonly { readonly size: number; readonly most: number }[];
}

// One page holds all that are voted on. The pages after it may be almost empty: from SDK 0.50 on a node counts what it has
// looked at instead of what it has found.
const VOTING: Range = {
  status: 2,
  pages: [
    { size: 100, most: 3 },
    { size: 10, most: 30 },
  ],
};
const PASSED: Range = {
  status: 3,
  pages: [
    { size: 50, most: 1 },
    { size: 10, most: 1 },
  ],
};

/** A proposal about the chain's upgrade plan. */
export interface Proposal {
  readonly id: number;
  readonly status: 'voting' | 'passed';
  /** What the proposer wrote, made fit for one line; at most 140 characters. */
  readonly title: string;
  readonly votingEnd?: Date;
}

/** A proposal that schedules an upgrade, in place of whatever is scheduled when it passes. */
export interface UpgradeProposal extends Proposal {
  readonly plan: Plan;
}

/**
 * Proposals about the upgrade plan, latest first. `gov` is the version of x/gov that answered, or `none` where the chain
 * has no such module. `cancellations` take back whatever is scheduled when they pass. `complete` is false where the node
 * has more proposals than were read that may be voted on, or refuses to list the passed ones.
 *
 * What passed is history: `askCurrentPlan` says what came of it.
 */
export type UpgradeProposalsReading =
  | {
      readonly reachable: true;
      readonly gov: GovVersion | 'none';
      readonly proposals: readonly UpgradeProposal[];
      readonly cancellations: readonly Proposal[];
      readonly complete: boolean;
    }
  | Unreachable;

interface Listed {
  readonly found: readonly ProposalMessage[];
  /** Whether the node had no more. */
  readonly whole: boolean;
}

/**
 * Asks for the proposals in voting, 300 at most, and the latest 50 that have passed (10 where those are longer than
 * 16 MiB), and gives what they would do to the upgrade plan. The time limit is that of all questions together; never
 * throws.
 */
export async function askUpgradeProposals(question: Question): Promise<UpgradeProposalsReading> {
  // Not what the questions before have left: a timer may fire a millisecond before the clock says so.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), bounded(question.timeout));
  const signal = AbortSignal.any([limit.signal, ...(question.signal === undefined ? [] : [question.signal])]);
  const answer = await askAll({ ...question, signal });
  clearTimeout(timer);
  const late = !answer.reachable && limit.signal.aborted && question.signal?.aborted !== true;
  return late ? unreachable(`no answer within ${question.timeout} ms`) : answer;
}

async function askAll(question: Question): Promise<UpgradeProposalsReading> {
  for (const gov of ['v1', 'v1beta1'] as const) {
    const voting = await list(question, gov, VOTING);
    if ('reachable' in voting) {
      if ('unknown' in voting && voting.unknown) continue;
      return unreachable(voting.reason);
    }
    const passed = await list(question, gov, PASSED);
    // One old proposal of a module that is gone makes a node refuse the whole list.
    const refused = 'refused' in passed;
    if ('reachable' in passed && !refused) return unreachable(passed.reason);
    const messages = [...voting.found, ...('found' in passed ? passed.found : [])];
    return { reachable: true, gov, ...sort(messages), complete: voting.whole && !refused };
  }
  return { reachable: true, gov: 'none', proposals: [], cancellations: [], complete: true };
}

async function list(
  question: Question,
  gov: GovVersion,
  { status, pages }: Range,
): Promise<Listed | Refusal | Unreachable> {
  let listed: Listed | Refusal | Unreachable = unreachable('nothing was asked');
  for (const { size, most } of pages) {
    listed = await listPages(question, `/cosmos.gov.${gov}.Query/Proposals`, { status, size, most });
    if (!('tooLong' in listed)) break;
  }
  return listed;
}

/** The proposals with a status, from the latest one back. */
async function listPages(
  question: Question,
  path: string,
  { status, size, most }: { status: number; size: number; most: number },
): Promise<Listed | Refusal | Unreachable> {
  const found: ProposalMessage[] = [];
  let key: Uint8Array = new Uint8Array();
  for (let page = 0; page < most; page += 1) {
    const answer = await abciQuery(question, path, request(status, key, size));
    if (!answer.reachable) return answer;
    const fields = readFields(answer.value);
    const proposals = fields && bytesOf(fields, 1).map(readProposal);
    const response = fields && messageOf(fields, 2);
    key = (response && bytesOf(response, 1).at(-1)) ?? new Uint8Array();
    // A key is the number of a proposal.
    const broken = response === undefined || key.length > 64;
    if (broken || proposals === undefined || !proposals.every((each) => each !== undefined)) {
      return unreachable(`the answer to ${path} cannot be read`);
    }
    found.push(...proposals.filter((proposal) => proposal.status === status));
    if (key.length === 0) return { found, whole: true };
  }
  return { found, whole: false };
}

/** `QueryProposalsRequest`: with a status, from the latest one back. */
function request(status: number, key: Uint8Array, size: number): Uint8Array {
  const message = new BinaryWriter().tag(1, WireType.Varint).uint32(status).tag(4, WireType.LengthDelimited).fork();
  if (key.length > 0) message.tag(1, WireType.LengthDelimited).bytes(key);
  return message.tag(3, WireType.Varint).uint32(size).tag(5, WireType.Varint).bool(true).join().finish();
}

function sort(messages: readonly ProposalMessage[]) {
  // A vote may end between two questions; the later answer counts.
  const latest = [...new Map(messages.map((message) => [message.id, message])).values()].sort((a, b) => b.id - a.id);
  const common = ({ id, status, title, votingEnd }: ProposalMessage): Proposal => ({
    id,
    status: status === VOTING.status ? 'voting' : 'passed',
    title,
    ...(votingEnd === undefined ? {} : { votingEnd }),
  });
  return {
    proposals: latest.flatMap((message) => message.plans.map((plan) => ({ ...common(message), plan }))),
    cancellations: latest.filter(({ cancels }) => cancels).map(common),
  };
}
