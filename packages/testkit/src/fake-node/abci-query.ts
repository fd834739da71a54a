import type { FakePlan } from '../fake-types.ts';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
const number = (field: number, value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([field << 3]), varint(value)]);
const bytes = (field: number, value: Buffer): Buffer =>
  value.length === 0 ? value : Buffer.concat([Buffer.from([(field << 3) | 2]), varint(value.length), value]);

/** The zero time, which a plan always carries on the wire. */
const ZERO_TIME = Buffer.from('0880 92b8 c398 feff ffff 01'.replaceAll(' ', ''), 'hex');

function planBytes({ name, height, info = '' }: FakePlan): Buffer {
  return Buffer.concat([
    bytes(1, Buffer.from(name)),
    Buffer.from([0x12, ZERO_TIME.length]),
    ZERO_TIME,
    number(3, height),
    bytes(4, Buffer.from(info)),
  ]);
}

function doneKey(line: number, { name, height }: FakePlan): Buffer {
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(height));
  const [key, value] =
    line >= 46
      ? [Buffer.concat([Buffer.from([1]), at, Buffer.from(name)]), Buffer.from([1])]
      : [Buffer.concat([Buffer.from([1]), Buffer.from(name)]), at];
  return bytes(1, Buffer.concat([bytes(1, key), bytes(2, value)]));
}

/** The name in a `QueryAppliedPlanRequest`. */
function requestedName(data: Buffer): string {
  return data[0] === 0x0a ? data.subarray(2, 2 + (data[1] ?? 0)).toString() : '';
}

/** What `abci_query` is answered from. */
export interface QueryFacts {
  readonly line: number;
  readonly appHeight: () => number;
  readonly pending: () => FakePlan | undefined;
  readonly applied: () => readonly { name: string; height: number }[];
}

/** The x/upgrade queries that `abci_query` serves; another path is an error in the response, as in the SDK. */
export function abciQuery(facts: QueryFacts, path: string, data: Buffer): object {
  const answer = (value: Buffer): object => ({
    response: {
      code: 0,
      log: '',
      info: '',
      index: '0',
      key: null,
      value: value.length === 0 ? null : value.toString('base64'),
      proofOps: null,
      height: String(facts.appHeight()),
      codespace: '',
    },
  });
  switch (path) {
    case '/cosmos.upgrade.v1beta1.Query/CurrentPlan': {
      const plan = facts.pending();
      return answer(plan === undefined ? Buffer.alloc(0) : bytes(1, planBytes(plan)));
    }
    case '/cosmos.upgrade.v1beta1.Query/AppliedPlan': {
      const name = requestedName(data);
      return answer(number(1, facts.applied().find((plan) => plan.name === name)?.height ?? 0));
    }
    case '/store/upgrade/subspace': {
      const wanted = data.length === 1 && data[0] === 1 ? facts.applied() : [];
      return answer(Buffer.concat(wanted.map((plan) => doneKey(facts.line, plan))));
    }
    default:
      return {
        response: {
          code: 6,
          log: `unknown query path: ${path}`,
          info: '',
          index: '0',
          key: null,
          value: null,
          proofOps: null,
          height: '0',
          codespace: 'sdk',
        },
      };
  }
}
