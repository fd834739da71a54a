import { describe, expect, it } from 'vitest';
import { askAppliedPlans } from '../src/index.js';
import { serveQueries, wire, type Reply } from './queries.js';

const AMPLE = 30_000;

type Pair = readonly [key: Uint8Array, value: Uint8Array];

const eight = (height: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(height);
  return bytes;
};
/** SDK 0.46 and later. */
const late = (name: string, height: bigint): Pair => [
  Buffer.concat([Buffer.of(1), eight(height), Buffer.from(name)]),
  Buffer.of(1),
];
/** SDK 0.45 and before. */
const early = (name: string, height: bigint): Pair => [Buffer.concat([Buffer.of(1), Buffer.from(name)]), eight(height)];

/** `Pairs` of the SDK's store, which cosmjs-types does not know. */
const pairs = (...list: readonly Pair[]) =>
  wire((writer) => {
    for (const [key, value] of list) {
      writer.uint32(10).bytes(wire((pair) => pair.uint32(10).bytes(key).uint32(18).bytes(value)));
    }
  });

async function ask(reply: Reply) {
  const { address } = await serveQueries(() => reply);
  return askAppliedPlans({ address, timeout: AMPLE });
}

describe('asking for the upgrades that were made', () => {
  it('asks once, for the keys of what is done', async () => {
    const { address, asked } = await serveQueries(() => pairs());
    expect(await askAppliedPlans({ address, timeout: AMPLE })).toEqual({ reachable: true, applied: [] });
    expect(asked).toEqual([{ path: '/store/upgrade/subspace', data: Buffer.of(1) }]);
  });

  it.each([
    ['0.46 and later', late],
    ['0.45 and before', early],
  ])('reads the keys of SDK %s, oldest first', async (_, pair) => {
    const reply = pairs(pair('v10', 900n), pair('V2 é', 100n), pair('v3', 2n ** 40n));
    expect(await ask(reply)).toEqual({
      reachable: true,
      applied: [
        { name: 'V2 é', height: 100 },
        { name: 'v10', height: 900 },
        { name: 'v3', height: 2 ** 40 },
      ],
    });
  });

  it('takes an early key whose name looks like a height for what it is', async () => {
    const name = `${'\0'.repeat(8)}v2`;
    expect(await ask(pairs(early(name, 7n)))).toMatchObject({ applied: [{ name, height: 7 }] });
  });

  it.each<[string, Reply]>([
    ['a height past 2^53 - 1', pairs(late('v2', 2n ** 53n))],
    ['no name', pairs(late('', 7n))],
    ['no name, early', pairs(early('', 7n))],
    ['a key of another kind', pairs([Buffer.from('2bank'), Buffer.of(1)])],
    ['a value of another length', pairs([late('v2', 7n)[0], Buffer.of(0, 1)])],
    ['an empty pair', Buffer.from([10, 0])],
    ['a pair that is none', Buffer.from([10, 1, 8])],
    ['bytes that are none', Buffer.from('<html>')],
  ])('gives a reason for %s, and no list without it', async (_, reply) => {
    expect(await ask(reply)).toEqual({
      reachable: false,
      reason: 'the answer to /store/upgrade/subspace cannot be read',
    });
  });

  it('gives a reason where the store cannot be asked', async () => {
    const log = 'multistore does not support queries: unknown request';
    expect(await ask({ code: 6, codespace: 'sdk', log })).toEqual({
      reachable: false,
      reason: `the node refuses /store/upgrade/subspace: code 6: ${log}`,
    });
  });
});
