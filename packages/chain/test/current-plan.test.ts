/* eslint-disable @typescript-eslint/no-deprecated -- chains still hold what newer ones have deprecated */
import { createServer } from 'node:net';
import { QueryCurrentPlanResponse } from 'cosmjs-types/cosmos/upgrade/v1beta1/query';
import type { Plan } from 'cosmjs-types/cosmos/upgrade/v1beta1/upgrade';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askCurrentPlan } from '../src/index.js';
import { planMessage, serveQueries, UNKNOWN_PATH, wire, type Reply } from './queries.js';
import { serve, serveHttp, serveJson, tempDir } from './support.js';
import { join } from 'node:path';

const AMPLE = 30_000;

const answer = (plan?: Plan) => QueryCurrentPlanResponse.encode({ ...(plan && { plan }) }).finish();

async function ask(reply: Reply) {
  const { address } = await serveQueries(() => reply);
  return askCurrentPlan({ address, timeout: AMPLE });
}

describe('asking for the current plan', () => {
  it('gives name, height and info as the chain has them', async () => {
    const info = '{"binaries":{"linux/amd64":"https://example.com/a"}}';
    const { address, asked } = await serveQueries(() => answer(planMessage({ name: 'V2 é😀', info })));
    expect(await askCurrentPlan({ address, timeout: AMPLE })).toEqual({
      reachable: true,
      plan: { name: 'V2 é😀', height: 1234, info },
      height: 100,
    });
    expect(asked).toEqual([{ path: '/cosmos.upgrade.v1beta1.Query/CurrentPlan', data: Buffer.alloc(0) }]);
  });

  it('says that there is none', async () => {
    const none = { reachable: true, plan: undefined, height: 100 };
    expect(await ask(answer())).toEqual(none);
    expect(await ask({ value: null, height: '100' })).toEqual(none);
    expect(await ask({ height: 100 })).toEqual(none);
  });

  it('asks through a socket in the file system as well', async () => {
    const { address } = await serveQueries(() => answer(planMessage({})), { path: join(tempDir(), 'rpc.sock') });
    expect(await askCurrentPlan({ address, timeout: AMPLE })).toMatchObject({ plan: { name: 'v2' } });
  });

  it('notices a plan that is moved, replaced or cancelled', async () => {
    const plans = [planMessage({}), planMessage({ height: 2000n }), planMessage({ name: 'v2.1' }), undefined];
    const { address } = await serveQueries(() => answer(plans.shift()));
    const readings = [];
    for (let i = 0; i < 4; i += 1) readings.push(await askCurrentPlan({ address, timeout: AMPLE }));
    expect(readings.map((reading) => reading.reachable && reading.plan)).toEqual([
      { name: 'v2', height: 1234, info: '' },
      { name: 'v2', height: 2000, info: '' },
      { name: 'v2.1', height: 1234, info: '' },
      undefined,
    ]);
  });

  it.each<[string, Partial<Plan>, RegExp]>([
    ['without a name', { name: '' }, /no name/],
    ['at height 0', { height: 0n }, /height is 0:/],
    ['at a height below 0', { height: -5n }, /height is -5:/],
    ['past 2^53 - 1', { height: 2n ** 53n }, /height is 9007199254740992:/],
    ['at the greatest height of all', { height: 2n ** 63n - 1n }, /height is 9223372036854775807:/],
    ['with a time', { time: { seconds: 1_700_000_000n, nanos: 0 } }, /time is set/],
    ['at the beginning of 1970', { time: { seconds: 0n, nanos: 0 } }, /time is set/],
    ['a nanosecond after the zero time', { time: { seconds: -62_135_596_800n, nanos: 1 } }, /time is set/],
  ])('never takes a plan %s for none', async (_, plan, reason) => {
    expect(await ask(answer(planMessage(plan)))).toEqual({
      reachable: false,
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('reads a plan whose time was left out, and the greatest height that a number holds exactly', async () => {
    const plan = wire((writer) => writer.uint32(10).string('v2').uint32(24).int64(BigInt(Number.MAX_SAFE_INTEGER)));
    expect(await ask(wire((writer) => writer.uint32(10).bytes(plan)))).toMatchObject({
      plan: { name: 'v2', height: Number.MAX_SAFE_INTEGER },
    });
  });

  it('makes one plan of two halves, as protobuf does, and skips what it does not know', async () => {
    const halves = wire((writer) => {
      writer.uint32(10).bytes(wire((inner) => inner.uint32(10).string('v1').uint32(24).int64(7)));
      writer.uint32((1000 << 3) | 1).fixed64(5);
      writer.uint32((1000 << 3) | 5).fixed32(5);
      writer.uint32((1000 << 3) | 2).string('later');
      writer.uint32(10).bytes(wire((inner) => inner.uint32(10).string('v2')));
    });
    expect(await ask(halves)).toMatchObject({ plan: { name: 'v2', height: 7 } });
  });

  it.each<[string, Reply, RegExp]>([
    ['no module', UNKNOWN_PATH, /refuses .*CurrentPlan: code 6: unknown query path/],
    [
      'an error',
      { code: 18, codespace: 'sdk', log: 'bad \u001b[31m\n thing', value: null },
      /code 18: bad \[31m thing$/,
    ],
    ['an error without words', { code: 1 }, /code 1$/],
    ['no response', [], /not that of a CometBFT node/],
    ['no base64', { code: 0, value: 'é', height: '1' }, /not that of a CometBFT node/],
    ['a value of another kind', { code: 0, value: 5, height: '1' }, /not that of a CometBFT node/],
    ['a strange code', { code: 'x', value: null }, /not that of a CometBFT node/],
    ['a strange height', { value: null, height: '-1' }, /not that of a CometBFT node/],
    ['no protobuf', Buffer.from('<html>'), /cannot be read/],
    ['a number for a plan, cut short', Buffer.from([8]), /cannot be read/],
    ['a plan that is cut short', answer(planMessage({})).subarray(0, 12), /cannot be read/],
    ['a field 0', Buffer.from([2, 0]), /cannot be read/],
    ['a group', Buffer.from([0x0b, 0x0c]), /cannot be read/],
    ['an endless number', Buffer.alloc(50, 0xff), /cannot be read/],
    ['fields without number', Buffer.alloc(1_000_000, 8), /cannot be read/],
  ])('gives a reason for %s', async (_, reply, reason) => {
    expect(await ask(reply)).toEqual({ reachable: false, reason: expect.stringMatching(reason) as string });
  });

  it('gives a reason for an answer without end, a failure, silence, and nobody', async () => {
    const page = Buffer.alloc(65_536, ' ');
    const endless = await serveHttp((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(page));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await askCurrentPlan({ address: endless.address, timeout: AMPLE })).toEqual({
      reachable: false,
      reason: 'the answer is longer than 16 MiB',
    });
    const error = await serveJson({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'no', data: 'state' } });
    expect(await askCurrentPlan({ address: error.address, timeout: AMPLE })).toMatchObject({
      reason: 'the node answered with an error: no: state',
    });
    const silent = await serve(createServer((socket) => socket.resume()));
    expect(await askCurrentPlan({ address: silent.address, timeout: 150 })).toEqual({
      reachable: false,
      reason: 'no answer within 150 ms',
    });
    await new Promise((resolve) => {
      for (const socket of silent.open) socket.destroy();
      silent.server.close(resolve);
    });
    expect(await askCurrentPlan({ address: silent.address, timeout: AMPLE })).toMatchObject({ reachable: false });
  });

  it('reads back every plan that a chain may hold', async () => {
    let plan: Plan = planMessage({});
    const { address } = await serveQueries(() => answer(plan));
    const some = fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1 }),
      height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      info: fc.string({ unit: 'grapheme' }),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ name, height, info }) => {
        plan = planMessage({ name, height: BigInt(height), info });
        expect(await askCurrentPlan({ address, timeout: AMPLE })).toMatchObject({ plan: { name, height, info } });
      }),
    );
  });

  it('answers to whatever bytes it is given, and rejects on none', async () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    const { address } = await serveQueries(() => bytes);
    const whole = answer(planMessage({}));
    const hit = fc
      .tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, byte]) => Uint8Array.from(whole, (each, index) => (index === at ? byte : each)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), hit), async (given) => {
        bytes = given;
        const reading = await askCurrentPlan({ address, timeout: AMPLE });
        if (reading.reachable && reading.plan !== undefined) expect(reading.plan.height).toBeGreaterThan(0);
      }),
    );
  });
});
