import type { Plan } from '@chainvisor/plan';
import { oneLine } from './one-line.js';
import { readPlan } from './plan-message.js';
import { bytesOf, messageOf, numberOf, readFields, signedOf, textOf, type Fields } from './protobuf.js';

/** The versions of x/gov: v1 from SDK 0.46 on, v1beta1 before. */
export type GovVersion = 'v1' | 'v1beta1';

/** A proposal of either version, with what it would do to the chain's upgrade plan. */
export interface ProposalMessage {
  readonly id: number;
  /** As x/gov numbers them: 2 is voted on, 3 has passed. */
  readonly status: number;
  readonly title: string;
  readonly votingEnd?: Date;
  /** The plans that it would schedule, in order. Those that the SDK itself refuses to schedule are left out. */
  readonly plans: readonly Plan[];
  /** Whether it would cancel what is scheduled. */
  readonly cancels: boolean;
}

/** Where the plan stands in each kind of message that schedules one. */
const SCHEDULES: ReadonlyMap<string, number> = new Map([
  ['/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade', 2],
  ['/cosmos.upgrade.v1beta1.SoftwareUpgradeProposal', 3],
  ['/ibc.core.client.v1.MsgIBCSoftwareUpgrade', 1],
  ['/ibc.core.client.v1.UpgradeProposal', 3],
]);
const CANCELS: ReadonlySet<string> = new Set([
  '/cosmos.upgrade.v1beta1.MsgCancelUpgrade',
  '/cosmos.upgrade.v1beta1.CancelSoftwareUpgradeProposal',
]);
/** How gov v1 carries the contents of v1beta1. */
const LEGACY = '/cosmos.gov.v1.MsgExecLegacyContent';

const TITLE_LENGTH = 140;

interface Content {
  readonly type: string;
  readonly message: Fields;
}

/** Reads a proposal; undefined for bytes that are none. A message inside that cannot be read is as one of another module. */
export function readProposal(bytes: Uint8Array): ProposalMessage | undefined {
  const proposal = readFields(bytes);
  const id = proposal && numberOf(proposal, 1);
  if (proposal === undefined || id === undefined || id > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const contents = bytesOf(proposal, 2).flatMap(readContent);
  const votingEnd = readTime(messageOf(proposal, 9));
  return {
    id: Number(id),
    status: Number(numberOf(proposal, 3)),
    title: titleOf(proposal, contents),
    ...(votingEnd === undefined ? {} : { votingEnd }),
    plans: contents.flatMap(scheduled),
    cancels: contents.some(({ type }) => CANCELS.has(type)),
  };
}

/** The message in an `Any`; where that carries a content of v1beta1, that one. */
function readContent(any: Uint8Array): Content[] {
  const outer = unpack(readFields(any));
  if (outer?.type !== LEGACY) return outer === undefined ? [] : [outer];
  const inner = unpack(messageOf(outer.message, 1));
  return inner === undefined ? [] : [inner];
}

function unpack(any: Fields | undefined): Content | undefined {
  const message = any && readFields(bytesOf(any, 2).at(-1) ?? new Uint8Array());
  return any && message && { type: textOf(any, 1), message };
}

function scheduled({ type, message }: Content): Plan[] {
  const field = SCHEDULES.get(type);
  const fields = field === undefined ? undefined : messageOf(message, field);
  const plan = fields && readPlan(fields);
  return plan === undefined || typeof plan === 'string' ? [] : [plan];
}

/** From SDK 0.47 on a proposal has a title, which v1beta1 has no field for; contents of v1beta1 have their own. */
function titleOf(proposal: Fields, contents: readonly Content[]): string {
  const own = textOf(proposal, 11);
  const content = contents.find(({ type }) => /Proposal$/.test(type));
  return oneLine(own === '' && content !== undefined ? textOf(content.message, 1) : own, TITLE_LENGTH);
}

/** A `Timestamp`; undefined where it is absent or beyond what a Date holds. */
function readTime(time: Fields | undefined): Date | undefined {
  if (time === undefined || time.size === 0) return undefined;
  const date = new Date(Number(signedOf(time, 1)) * 1000 + Math.floor(Number(signedOf(time, 2)) / 1e6));
  return Number.isNaN(date.getTime()) ? undefined : date;
}
