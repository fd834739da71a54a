import type { FakeProposal } from '../fake-types.ts';
import { planBytes } from './plan-bytes.ts';
import { bytes, number, readRequest } from './wire.ts';

const STATUSES = ['deposit', 'voting', 'passed', 'rejected', 'failed'] as const;

const string = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const any = (type: string, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([string(1, type), bytes(2, Buffer.concat(fields))]);
const time = (milliseconds: number): Buffer =>
  Buffer.concat([number(1, Math.floor(milliseconds / 1000)), number(2, (milliseconds % 1000) * 1e6)]);

/** A content of v1beta1. */
function contentOf({ title = 'a proposal', plan, cancels = false }: FakeProposal): Buffer {
  const words = [string(1, title), string(2, 'its description')];
  if (cancels) return any('/cosmos.upgrade.v1beta1.CancelSoftwareUpgradeProposal', ...words);
  if (plan === undefined) return any('/cosmos.gov.v1beta1.TextProposal', ...words);
  return any('/cosmos.upgrade.v1beta1.SoftwareUpgradeProposal', ...words, bytes(3, planBytes(plan)));
}

/** A message of v1. */
function messageOf(proposal: FakeProposal): Buffer {
  const { plan, cancels = false, legacy = false } = proposal;
  const authority = 'cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn';
  if (legacy || (plan === undefined && !cancels)) {
    return any('/cosmos.gov.v1.MsgExecLegacyContent', bytes(1, contentOf(proposal)), string(2, authority));
  }
  if (cancels) return any('/cosmos.upgrade.v1beta1.MsgCancelUpgrade', string(1, authority));
  const fields = plan === undefined ? [] : [bytes(2, planBytes(plan))];
  return any('/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade', string(1, authority), ...fields);
}

function proposalBytes(proposal: FakeProposal, line: number, version: 'v1' | 'v1beta1'): Buffer {
  const { id, status, title = 'a proposal', votingEnd = 1_700_000_000_000, legacy = false } = proposal;
  // Asked in the old words, a new node puts the first message where the content was.
  const content = version === 'v1' || (line >= 46 && !legacy) ? messageOf(proposal) : contentOf(proposal);
  return Buffer.concat([
    number(1, id),
    bytes(2, content),
    number(3, STATUSES.indexOf(status) + 1),
    bytes(9, time(votingEnd)),
    version === 'v1' && line >= 47 ? string(11, title) : Buffer.alloc(0),
  ]);
}

/**
 * The `Proposals` query of x/gov, with a status and the pagination by limit, key and direction. With a key, SDK 0.50 and
 * later count the proposals that they have looked at, earlier ones those that they have found.
 */
export function proposalsAnswer(
  proposals: readonly FakeProposal[],
  line: number,
  version: 'v1' | 'v1beta1',
  data: Buffer,
): Buffer {
  const request = readRequest(data);
  const status = Number(request.get(1) ?? 0);
  const page = readRequest((request.get(4) as Buffer | undefined) ?? Buffer.alloc(0));
  const key = page.get(1) as Buffer | undefined;
  const limit = Number(page.get(3) ?? 100);
  const reverse = page.get(5) === 1;
  const from = key === undefined ? undefined : Number(key.readBigUInt64BE());
  const ordered = [...proposals]
    .sort((a, b) => (reverse ? b.id - a.id : a.id - b.id))
    .filter(({ id }) => from === undefined || (reverse ? id <= from : id >= from));
  const matches = (proposal: FakeProposal): boolean => status === 0 || STATUSES.indexOf(proposal.status) + 1 === status;

  const found: Buffer[] = [];
  let next: FakeProposal | undefined;
  let count = 0;
  for (const proposal of ordered) {
    const hit = matches(proposal);
    // Up to 0.47 the next page begins with a proposal that matches, where none was asked for by its key.
    if (count === limit && (hit || line >= 50 || key !== undefined)) {
      next = proposal;
      break;
    }
    if (hit) found.push(bytes(1, proposalBytes(proposal, line, version)));
    if (hit || (line >= 50 && key !== undefined)) count += 1;
  }
  const nextKey = Buffer.alloc(next === undefined ? 0 : 8);
  if (next !== undefined) nextKey.writeBigUInt64BE(BigInt(next.id));
  const response = bytes(1, nextKey);
  // Go writes the empty message too.
  return Buffer.concat([...found, response.length === 0 ? Buffer.from([0x12, 0]) : bytes(2, response)]);
}
