import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PlanError, parseUpgradeInfo, samePlan } from '../src/index.ts';
import type { Plan, PlanErrorCode } from '../src/index.ts';

interface GoAnswer {
  bytes: string;
  text: string;
  plan: { name: string; height: number; info?: string } | null;
}
const documents = JSON.parse(readFileSync(new URL('fixtures/documents.json', import.meta.url), 'utf8')) as GoAnswer[];

function refusal(content: Uint8Array | string): PlanError {
  try {
    parseUpgradeInfo(content);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parseUpgradeInfo', () => {
  it.each([
    ['0.42 to 0.44.3', '{"name":"v2","height":100}', ''],
    ['0.44.4 to 0.45', '{"name":"v2","height":100,"info":"a \\u0026 b"}', 'a & b'],
    ['0.46 and later', '{"name":"v2","time":"0001-01-01T00:00:00Z","height":100,"info":"i"}', 'i'],
    ["protobuf's JSON", '{"name":"v2","height":"100","info":"","upgradedClientState":null}', ''],
    ['a hand, with spaces and a line end', ' {\n  "name": "v2",\n  "height": 100\n}\n', ''],
  ])('reads what %s writes', (_, content, info) => {
    const expected: Plan = { name: 'v2', height: 100, info };
    expect(parseUpgradeInfo(content)).toEqual(expected);
    expect(parseUpgradeInfo(bytes(content))).toEqual(expected);
  });

  it.each(documents.map((document, index) => [index, document] as const))(
    'agrees with Go on document %i',
    (_, { bytes: encoded, plan }) => {
      const content = Buffer.from(encoded, 'base64');
      if (plan === null) {
        expect(refusal(content).code).toMatch(/^PLAN_/);
      } else {
        expect(parseUpgradeInfo(content)).toEqual({ name: plan.name, height: plan.height, info: plan.info ?? '' });
      }
    },
  );

  const rest = '"name":"v2","height":7';
  it.each<[PlanErrorCode, string]>([
    ['PLAN_EMPTY', ''],
    ['PLAN_EMPTY', ' \r\n\t'],
    ['PLAN_MALFORMED', '{"name":"v2","hei'],
    ['PLAN_MALFORMED', `{${rest}} trailing`],
    ['PLAN_MALFORMED', `[{${rest}}]`],
    ['PLAN_MALFORMED', `\ufeff{${rest}}`],
    ['PLAN_MALFORMED', '\0\0\0\0'],
    ['PLAN_MALFORMED', 'null'],
    ['PLAN_FIELD_TYPE', '{"name":5,"height":7}'],
    ['PLAN_FIELD_TYPE', '{"name":"v2","height":[7]}'],
    ['PLAN_FIELD_TYPE', `{${rest},"info":{}}`],
    ['PLAN_FIELD_TYPE', `{${rest},"time":"tomorrow"}`],
    ['PLAN_FIELD_TYPE', `{${rest},"upgraded_client_state":5}`],
    ['PLAN_NAME_MISSING', '{}'],
    ['PLAN_NAME_MISSING', '{"name":"","height":7}'],
    ['PLAN_HEIGHT_INVALID', '{"name":"v2"}'],
    ...['0', '-7', '1.5', '1e3', '7.0', '9007199254740992', '9007199254740993', '9223372036854775807', '1e400'].map(
      (height): [PlanErrorCode, string] => ['PLAN_HEIGHT_INVALID', `{"name":"v2","height":${height}}`],
    ),
    ...['', '0x10', ' 7', '007', '1e3', '+7', '7.0', '٧', 'seven', '9007199254740993'].map(
      (height): [PlanErrorCode, string] => ['PLAN_HEIGHT_INVALID', `{"name":"v2","height":"${height}"}`],
    ),
    ['PLAN_TIME_BASED', `{${rest},"time":"2024-01-01T00:00:00Z"}`],
    ['PLAN_CLIENT_STATE', `{${rest},"upgraded_client_state":{"type_url":"/ibc"}}`],
  ])('answers %s to %j', (code, content) => {
    expect(refusal(content).code).toBe(code);
    expect(refusal(bytes(content)).code).toBe(code);
  });

  it('reads the greatest height that a number holds exactly', () => {
    expect(parseUpgradeInfo('{"name":"v2","height":9007199254740991}').height).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['.', '..', '/'])('takes %j as the name of a plan: its directory is another matter', (name) => {
    expect(parseUpgradeInfo(JSON.stringify({ name, height: 7 })).name).toBe(name);
  });

  it('nests as deep as Go and no deeper', () => {
    const nested = (depth: number): string => `{${rest},"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parseUpgradeInfo(nested(9_999)).height).toBe(7);
    expect(refusal(nested(10_000)).code).toBe('PLAN_MALFORMED');
  });

  it('reads ten megabytes of a valid file', () => {
    const info = '{"binaries":"\\\\"} é😀'.repeat(500_000);
    expect(parseUpgradeInfo(bytes(JSON.stringify({ name: 'v2', height: 7, info })))).toEqual({
      name: 'v2',
      height: 7,
      info,
    });
  });

  const TEN_MB = 10_000_000;
  it.each([
    ['NUL', new Uint8Array(TEN_MB)],
    ['0xFF', new Uint8Array(TEN_MB).fill(0xff)],
    ['braces', new Uint8Array(TEN_MB).fill(0x7b)],
    ['an unfinished string', bytes(`{"name":"${'\\"'.repeat(TEN_MB / 2)}`)],
    ['commas', bytes(`{${','.repeat(TEN_MB)}`)],
    ['noise', Uint8Array.from({ length: TEN_MB }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 0xff)],
  ])('refuses ten megabytes of %s, in a short message', (_, content) => {
    const error = refusal(content);
    expect(error.code).toBe('PLAN_MALFORMED');
    expect(error.message.length).toBeLessThan(4_000);
  });

  it('refuses more than it would ever hold in memory', () => {
    expect(refusal(new Uint8Array(64 * 1024 * 1024 + 1)).code).toBe('PLAN_TOO_LARGE');
  });

  it('shows what it read, on one printable line', () => {
    const { message } = refusal(bytes('{"name":"v\u001b[31m2\r\n\u202e'));
    expect(message).toContain('{"name":"v\\u{1b}[31m2\\u{d}\\u{a}\\u{202e}');
    expect(message).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u);
  });

  it('names the field at fault and keeps the cause of a syntax error', () => {
    expect(refusal('{"name":"v2","height":1.5}').message).toContain('height is 1.5');
    expect(refusal('{').cause).toBeInstanceOf(SyntaxError);
  });

  it('refuses every proper prefix of a plan: a half-written file is never taken for a whole one', () => {
    const whole = '{"name":"v2","time":"0001-01-01T00:00:00Z","height":100,"info":"{\\"binaries\\":{}}"}';
    for (let length = 0; length < whole.length; length++) {
      expect(refusal(bytes(whole).subarray(0, length)).code).toBe(length === 0 ? 'PLAN_EMPTY' : 'PLAN_MALFORMED');
    }
  });

  it('reads back whatever a plan may hold', () => {
    const plan = fc.record({
      name: fc.string({ unit: 'binary', minLength: 1 }),
      height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      info: fc.string({ unit: 'binary' }),
    });
    fc.assert(
      fc.property(plan, fc.constantFrom(0, 1, 2), (expected, indent) => {
        expect(parseUpgradeInfo(bytes(JSON.stringify(expected, null, indent)))).toEqual(expected);
      }),
    );
  });

  it('throws nothing but its own errors, whatever it is given', () => {
    const json = fc.json({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string(), json), (content) => {
        expect(refusal(content).code).toMatch(/^PLAN_/);
      }),
    );
  });
});

describe('samePlan', () => {
  const plan: Plan = { name: 'V2', height: 7, info: 'a' };
  it('looks at the recased name and the height, and at nothing else', () => {
    expect(samePlan(plan, { name: 'v2', height: 7, info: 'b' })).toBe(true);
    expect(samePlan(plan, { name: 'v2', height: 8, info: 'a' })).toBe(false);
    expect(samePlan(plan, { name: 'v3', height: 7, info: 'a' })).toBe(false);
    expect(samePlan({ ...plan, name: 'İ' }, { ...plan, name: 'i' })).toBe(true);
  });
});
