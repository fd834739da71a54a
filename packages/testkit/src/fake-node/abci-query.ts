import type { FakePlan, FakeProposal } from '../fake-types.ts';
import { proposalsAnswer } from './gov.ts';
import { planBytes } from './plan-bytes.ts';
import { bytes, number, readRequest } from './wire.ts';

function doneKey(line: number, { name, height }: FakePlan): Buffer {
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(height));
  const [key, value] =
    line >= 46
      ? [Buffer.concat([Buffer.from([1]), at, Buffer.from(name)]), Buffer.from([1])]
      : [Buffer.concat([Buffer.from([1]), Buffer.from(name)]), at];
  return bytes(1, Buffer.concat([bytes(1, key), bytes(2, value)]));
}

/** What `abci_query` is answered from. */
export interface QueryFacts {
  readonly line: number;
  readonly appHeight: () => number;
  readonly pending: () => FakePlan | undefined;
  readonly applied: () => readonly { name: string; height: number }[];
  /** Undefined where the chain has no x/gov. */
  readonly proposals: () => readonly FakeProposal[] | undefined;
}

/** The value of an answer; undefined for a path that no module has. */
function valueOf(facts: QueryFacts, path: string, data: Buffer): Buffer | undefined {
  const { line } = facts;
  const proposals = facts.proposals();
  switch (path) {
    case '/cosmos.upgrade.v1beta1.Query/CurrentPlan': {
      const plan = facts.pending();
      return plan === undefined ? Buffer.alloc(0) : bytes(1, planBytes(plan));
    }
    case '/cosmos.upgrade.v1beta1.Query/AppliedPlan': {
      const name = String(readRequest(data).get(1) ?? '');
      return number(1, facts.applied().find((plan) => plan.name === name)?.height ?? 0);
    }
    case '/store/upgrade/subspace': {
      const wanted = data.length === 1 && data[0] === 1 ? facts.applied() : [];
      return Buffer.concat(wanted.map((plan) => doneKey(line, plan)));
    }
    case '/cosmos.gov.v1.Query/Proposals':
      return line < 46 ? undefined : proposals && proposalsAnswer(proposals, line, 'v1', data);
    case '/cosmos.gov.v1beta1.Query/Proposals':
      return proposals && proposalsAnswer(proposals, line, 'v1beta1', data);
    default:
      return undefined;
  }
}

/** The queries of x/upgrade and x/gov that `abci_query` serves; another path is an error in the response, as in the SDK. */
export function abciQuery(facts: QueryFacts, path: string, data: Buffer): object {
  const value = valueOf(facts, path, data);
  const unknown = value === undefined;
  return {
    response: {
      code: unknown ? 6 : 0,
      log: unknown ? `unknown query path: ${path}` : '',
      info: '',
      index: '0',
      key: null,
      value: unknown || value.length === 0 ? null : value.toString('base64'),
      proofOps: null,
      height: unknown ? '0' : String(facts.appHeight()),
      codespace: unknown ? 'sdk' : '',
    },
  };
}
