/* eslint-disable @typescript-eslint/no-deprecated -- chains still hold what newer ones have deprecated */
import { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination';
import { Proposal, ProposalStatus } from 'cosmjs-types/cosmos/gov/v1/gov';
import { QueryProposalsRequest, QueryProposalsResponse } from 'cosmjs-types/cosmos/gov/v1/query';
import { MsgExecLegacyContent } from 'cosmjs-types/cosmos/gov/v1/tx';
import { Proposal as LegacyProposal, TextProposal } from 'cosmjs-types/cosmos/gov/v1beta1/gov';
import { QueryProposalsResponse as LegacyResponse } from 'cosmjs-types/cosmos/gov/v1beta1/query';
import { MsgCancelUpgrade, MsgSoftwareUpgrade } from 'cosmjs-types/cosmos/upgrade/v1beta1/tx';
import {
  CancelSoftwareUpgradeProposal,
  Plan,
  SoftwareUpgradeProposal,
} from 'cosmjs-types/cosmos/upgrade/v1beta1/upgrade';
import type { Any } from 'cosmjs-types/google/protobuf/any';
import { MsgIBCSoftwareUpgrade } from 'cosmjs-types/ibc/core/client/v1/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askUpgradeProposals } from '../src/index.js';
import { packed, planMessage, serveQueries, wire, type Asked, type Reply } from './queries.js';

const AMPLE = 30_000;
const V1 = '/cosmos.gov.v1.Query/Proposals';
const V1BETA1 = '/cosmos.gov.v1beta1.Query/Proposals';
const VOTING = ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD;
const PASSED = ProposalStatus.PROPOSAL_STATUS_PASSED;
const END = { seconds: 1_800_000_000n, nanos: 500_000_000 };
const PLAN = { name: 'v2', height: 1234, info: 'here' };
const plan = planMessage({ info: 'here' });

const upgrade = packed(MsgSoftwareUpgrade, { authority: 'gov', plan });
const cancel = packed(MsgCancelUpgrade, { authority: 'gov' });
const legacyUpgrade = packed(SoftwareUpgradeProposal, { title: 'Old words', description: 'd', plan });
const legacyCancel = packed(CancelSoftwareUpgradeProposal, { title: 'Back', description: 'd' });
const text = packed(TextProposal, { title: 'Words', description: 'd' });
const inLegacy = (content: Any) => packed(MsgExecLegacyContent, { content, authority: 'gov' });

const proposal = (id: number, messages: Any[], more: Partial<Proposal> = {}): Proposal =>
  Proposal.fromPartial({ id: BigInt(id), status: VOTING, messages, votingEndTime: END, title: `Title ${id}`, ...more });

const page = (proposals: Proposal[], nextKey: Uint8Array = new Uint8Array()): Uint8Array =>
  QueryProposalsResponse.encode({ proposals, pagination: { nextKey, total: 0n } }).finish();

/** What was asked for: a status, and a page. */
const read = ({ data }: Asked) => {
  const { proposalStatus, pagination = PageRequest.fromPartial({}) } = QueryProposalsRequest.decode(data);
  return {
    status: proposalStatus,
    key: Buffer.from(pagination.key).toString('hex'),
    limit: Number(pagination.limit),
    reverse: pagination.reverse,
  };
};

/** A chain with x/gov v1 that answers with these proposals in voting, and those that passed, on one page each. */
const v1 =
  (voting: Proposal[], passed: Proposal[] = []) =>
  (asked: Asked): Reply =>
    asked.path === V1 ? page(read(asked).status === VOTING ? voting : passed) : undefined;

async function ask(reply: (asked: Asked) => Reply, timeout = AMPLE) {
  const { address, asked } = await serveQueries(reply);
  return { reading: await askUpgradeProposals({ address, timeout }), asked };
}

const common = { status: 'voting', votingEnd: new Date(1_800_000_000_500) };

describe('asking for proposals about the upgrade plan', () => {
  it('gives those of gov v1, in its own words and in those of v1beta1, latest first', async () => {
    const passed = proposal(3, [upgrade], { status: PASSED });
    const { reading, asked } = await ask(
      v1([proposal(9, [inLegacy(legacyUpgrade)], { title: '' }), proposal(12, [upgrade])], [passed]),
    );
    expect(reading).toEqual({
      reachable: true,
      gov: 'v1',
      proposals: [
        { ...common, id: 12, title: 'Title 12', plan: PLAN },
        { ...common, id: 9, title: 'Old words', plan: PLAN },
        { ...common, id: 3, title: 'Title 3', plan: PLAN, status: 'passed' },
      ],
      cancellations: [],
      complete: true,
    });
    expect(asked.map(read)).toEqual([
      { status: VOTING, key: '', limit: 100, reverse: true },
      { status: PASSED, key: '', limit: 50, reverse: true },
    ]);
  });

  it('gives those of a chain that has gov v1beta1 only', async () => {
    const legacy = (id: number, content: Any, status: number) =>
      LegacyProposal.fromPartial({ proposalId: BigInt(id), content, status, votingEndTime: END });
    const { reading, asked } = await ask((question) => {
      if (question.path !== V1BETA1) return undefined;
      const status = read(question).status;
      const proposals = [legacy(7, legacyUpgrade, VOTING), legacy(6, text, VOTING), legacy(2, legacyCancel, PASSED)];
      return LegacyResponse.encode({
        proposals: proposals.filter((each) => each.status.valueOf() === status.valueOf()),
      }).finish();
    });
    expect(reading).toEqual({
      reachable: true,
      gov: 'v1beta1',
      proposals: [{ ...common, id: 7, title: 'Old words', plan: PLAN }],
      cancellations: [{ ...common, id: 2, title: 'Back', status: 'passed' }],
      complete: true,
    });
    expect(asked.map(({ path }) => path)).toEqual([V1, V1BETA1, V1BETA1]);
  });

  it('notices proposals to cancel, in both words', async () => {
    const { reading } = await ask(v1([proposal(5, [cancel]), proposal(6, [inLegacy(legacyCancel)])]));
    expect(reading).toMatchObject({ proposals: [], cancellations: [{ id: 6 }, { id: 5, title: 'Title 5' }] });
  });

  it('gives the upgrades of IBC, and each of several in one proposal', async () => {
    const ibc = packed(MsgIBCSoftwareUpgrade, { plan: planMessage({ name: 'v3' }), signer: 'gov' });
    const fields = wire((writer) =>
      writer
        .uint32(10)
        .string('t')
        .uint32(26)
        .bytes(Plan.encode(planMessage({ name: 'v4' })).finish()),
    );
    const legacyIbc = { typeUrl: '/ibc.core.client.v1.UpgradeProposal', value: fields };
    const { reading } = await ask(v1([proposal(5, [text, upgrade, ibc, cancel, inLegacy(legacyIbc)])]));
    expect(reading).toMatchObject({
      proposals: [
        { id: 5, plan: { name: 'v2' } },
        { id: 5, plan: { name: 'v3' } },
        { id: 5, plan: { name: 'v4' } },
      ],
      cancellations: [{ id: 5 }],
    });
  });

  it('says of a chain without x/gov that it has none', async () => {
    const { reading, asked } = await ask(() => undefined);
    expect(reading).toEqual({ reachable: true, gov: 'none', proposals: [], cancellations: [], complete: true });
    expect(asked.map(({ path }) => path)).toEqual([V1, V1BETA1]);
  });

  it('leaves out other proposals, those of another status, and plans that the SDK would not schedule', async () => {
    const bad = [{ name: '' }, { height: 0n }, { height: -1n }, { height: 2n ** 60n }, { time: END }].map((each) =>
      packed(MsgSoftwareUpgrade, { authority: 'gov', plan: planMessage(each) }),
    );
    const broken = { typeUrl: upgrade.typeUrl, value: Buffer.from([0xff]) };
    const empty = { typeUrl: upgrade.typeUrl, value: new Uint8Array() };
    const { reading } = await ask(
      v1([
        proposal(1, bad),
        proposal(2, [broken, empty, { typeUrl: '', value: new Uint8Array() }]),
        proposal(3, [inLegacy(text), packed(MsgExecLegacyContent, { authority: 'gov' })]),
        proposal(4, []),
        proposal(5, [upgrade], { status: ProposalStatus.PROPOSAL_STATUS_REJECTED }),
      ]),
    );
    expect(reading).toMatchObject({ proposals: [], cancellations: [], complete: true });
  });

  it('makes a title fit for one line and no longer than that', async () => {
    const title = `v2\u001b[31m\r\n\u202e now ${'é'.repeat(500)}`;
    const { reading } = await ask(v1([proposal(1, [upgrade], { title })]));
    if (!reading.reachable) throw new Error(reading.reason);
    const [first] = reading.proposals;
    expect(first?.title).toMatch(/^v2 \[31m now é+…$/);
    expect(first?.title.length).toBeLessThanOrEqual(141);
  });

  it.each([
    ['absent', undefined],
    ['beyond all dates', { seconds: 2n ** 62n, nanos: 0 }],
  ])('leaves out an end of voting that is %s', async (_, votingEndTime) => {
    const one = proposal(1, [upgrade]);
    delete one.votingEndTime;
    const { reading } = await ask(v1([{ ...one, ...(votingEndTime && { votingEndTime }) }]));
    expect(reading).toMatchObject({ proposals: [{ id: 1 }] });
    expect(reading.reachable && Object.keys(reading.proposals[0] ?? {})).not.toContain('votingEnd');
  });

  it('counts the later answer where a vote ends between two questions', async () => {
    const { reading } = await ask(v1([proposal(5, [upgrade])], [proposal(5, [upgrade], { status: PASSED })]));
    expect(reading).toMatchObject({ proposals: [{ id: 5, status: 'passed' }] });
  });
});

describe('a list of many proposals', () => {
  const keyOf = (id: number): Buffer => {
    const key = Buffer.alloc(8);
    key.writeBigUInt64BE(BigInt(id));
    return key;
  };

  it('is read page by page, three at most, and then is said to be incomplete', async () => {
    const { reading, asked } = await ask((question) => {
      const { status, key } = read(question);
      if (status === PASSED) return page([], keyOf(1));
      const id = key === '' ? 900 : Number(`0x${key}`);
      return page([proposal(id, [upgrade])], keyOf(id - 1));
    });
    expect(reading).toMatchObject({ proposals: [{ id: 900 }, { id: 899 }, { id: 898 }], complete: false });
    expect(asked.map(read).map(({ status, key }) => [status, key])).toEqual([
      [VOTING, ''],
      [VOTING, '0000000000000383'],
      [VOTING, '0000000000000382'],
      [PASSED, ''],
    ]);
  });

  it('ends where a node gives the same page again and again', async () => {
    const { reading, asked } = await ask(() => page([proposal(5, [upgrade])], keyOf(5)));
    expect(reading).toMatchObject({ proposals: [{ id: 5 }], complete: false });
    expect(asked).toHaveLength(4);
  });

  it('is asked for in smaller pages where a large one does not fit', async () => {
    const { reading, asked } = await ask((question) => {
      const { status, limit } = read(question);
      if (limit > 10) return { value: 'A'.repeat(16 * 1024 * 1024) };
      return page([proposal(status, [upgrade], { status })]);
    });
    expect(reading).toMatchObject({ proposals: [{ id: 3, status: 'passed' }, { id: 2 }], complete: true });
    expect(asked.map(read).map(({ limit }) => limit)).toEqual([100, 10, 50, 10]);
  });

  it('may be one that the node cannot give where it has passed: what is voted on is told all the same', async () => {
    const log = 'no concrete type registered for type URL /gone.Proposal';
    const { reading } = await ask((question) =>
      read(question).status === PASSED ? { code: 18, codespace: 'sdk', log } : page([proposal(5, [upgrade])]),
    );
    expect(reading).toMatchObject({ reachable: true, proposals: [{ id: 5 }], complete: false });
  });
});

describe('a node that is no good for proposals', () => {
  it.each<[string, Reply, RegExp]>([
    ['refuses', { code: 18, codespace: 'sdk', log: 'no' }, /refuses \/cosmos\.gov\.v1\.Query\/Proposals: code 18: no/],
    ['refuses as another module would', { code: 6, codespace: 'gov', log: 'no' }, /code 6: no/],
    ['gives no protobuf', Buffer.from('<html>'), /cannot be read/],
    ['gives a proposal that is none', Buffer.from([10, 1, 8]), /cannot be read/],
    [
      'gives an id past 2^53 - 1',
      Buffer.from([10, 10, 8, 255, 255, 255, 255, 255, 255, 255, 255, 127]),
      /cannot be read/,
    ],
    ['gives a page that is none', Buffer.from([18, 1, 8]), /cannot be read/],
    ['gives a key without end', page([], Buffer.alloc(65)), /cannot be read/],
    ['gives ten thousand proposals', Buffer.alloc(20_002, Buffer.from([10, 0])), /cannot be read/],
  ])('gives a reason: it %s', async (_, reply, reason) => {
    expect((await ask(() => reply)).reading).toEqual({
      reachable: false,
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('has one time limit for all questions, and says that one', async () => {
    const { reading } = await ask(
      (question) => (read(question).status === VOTING ? page([proposal(5, [upgrade])]) : 'silence'),
      1500,
    );
    expect(reading).toEqual({ reachable: false, reason: 'no answer within 1500 ms' });
  });

  it('may be given up at any of the questions', async () => {
    const controller = new AbortController();
    const { address } = await serveQueries((question) => {
      if (read(question).status === VOTING) return page([proposal(5, [upgrade])]);
      controller.abort();
      return 'silence';
    });
    expect(await askUpgradeProposals({ address, timeout: 3_600_000, signal: controller.signal })).toEqual({
      reachable: false,
      reason: 'the question was aborted',
    });
  });

  it('answers to whatever bytes it is given', async () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    const { address } = await serveQueries(() => bytes);
    const whole = page([proposal(5, [upgrade]), proposal(4, [inLegacy(legacyUpgrade)])]);
    const hit = fc
      .tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, byte]) => Uint8Array.from(whole, (each, index) => (index === at ? byte : each)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), hit), async (given) => {
        bytes = given;
        const reading = await askUpgradeProposals({ address, timeout: AMPLE });
        if (!reading.reachable) return;
        for (const each of reading.proposals) expect(each.plan.height).toBeGreaterThan(0);
      }),
    );
  });
});
