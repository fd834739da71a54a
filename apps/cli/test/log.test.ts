import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog, type LogOptions } from '../src/log/log.js';

const now = new Date('2026-01-05T06:07:08.009Z');
const time = now.toISOString();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
  return () => vi.useRealTimers();
});

function lines(options: Partial<LogOptions> = {}) {
  const written: string[] = [];
  const log = createLog({
    format: 'text',
    color: false,
    timeFormat: undefined,
    disabled: false,
    write: (line) => written.push(line),
    ...options,
  });
  return { log, written };
}

describe('a line of text', () => {
  it('is time, level, message and fields', () => {
    const { log, written } = lines();
    log.info('node started', { pid: 42, binary: '/h/bin/palomad', dry: false });
    log.warn('careful');
    log.error('it broke', {});
    expect(written).toEqual([
      `${time} INF node started pid=42 binary=/h/bin/palomad dry=false\n`,
      `${time} WRN careful\n`,
      `${time} ERR it broke\n`,
    ]);
  });

  it('leaves out fields that have no value', () => {
    const { log, written } = lines();
    log.info('x', { a: undefined, b: 0, c: '' });
    expect(written).toEqual([`${time} INF x b=0 c=""\n`]);
  });

  it('has no time where COSMOVISOR_TIMEFORMAT_LOGS is empty', () => {
    const { log, written } = lines({ timeFormat: '' });
    log.info('x');
    expect(written).toEqual(['INF x\n']);
  });

  it('has the time in the layout that is set', () => {
    const { log, written } = lines({ timeFormat: 'kitchen' });
    log.info('x');
    expect(written[0]).toMatch(/^\d{1,2}:\d\d[AP]M INF x\n$/);
  });

  it.each([
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['say "x"', String.raw`"say \"x\""`],
    ['tab\there', String.raw`"tab\there"`],
    ['', '""'],
    ['a\u00a0b', '"a\u00a0b"'],
    ['grüße', 'grüße'],
    [String.raw`back\slash`, String.raw`back\slash`],
  ])('has %j in quotes where it could be taken for something else', (value, shown) => {
    const { log, written } = lines();
    log.info('x', { value });
    expect(written).toEqual([`${time} INF x value=${shown}\n`]);
  });

  it('is coloured only when asked, the values never', () => {
    const plain = lines();
    plain.log.error('x', { a: 1 });
    expect(plain.written.join('')).not.toContain('\u001b');

    const coloured = lines({ color: true });
    coloured.log.info('x', { a: 1 });
    coloured.log.warn('x');
    coloured.log.error('x');
    expect(coloured.written).toEqual([
      `${time} \u001b[32mINF\u001b[0m x \u001b[36ma=\u001b[0m1\n`,
      `${time} \u001b[33mWRN\u001b[0m x\n`,
      `${time} \u001b[31mERR\u001b[0m x\n`,
    ]);
  });
});

describe('a line of JSON', () => {
  it('is one object with time, level, message, fields and module', () => {
    const { log, written } = lines({ format: 'json', color: true, timeFormat: 'kitchen' });
    log.warn('say "x"\n', { plan: 'v2', height: 10, gone: undefined });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(written[0] ?? '')).toEqual({
      time,
      level: 'warn',
      message: 'say "x"\n',
      plan: 'v2',
      height: 10,
      module: 'chainvisor',
    });
  });
});

// The ESC of colours, the one-byte CSI of old terminals, carriage returns, line separators, reversed text.
const hostile = [
  'v2\n2026 ERR forged',
  '\r\nERR forged',
  '\u001b[2J',
  '\u009b2J',
  '\u0000',
  '\u007f',
  '\u0085',
  '\u2028x',
  '\u202egnp',
];
// eslint-disable-next-line no-control-regex -- these are what must not come through
const drives = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

describe('what the chain says', () => {
  it.each(hostile)('%j cannot forge a line or drive a terminal', (text) => {
    for (const format of ['text', 'json'] as const) {
      const { log, written } = lines({ format });
      log.info(`plan ${text} is due`, { plan: text, last: 'field' });
      expect(written).toHaveLength(1);
      const [line = ''] = written;
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line).not.toMatch(drives);
      expect(line).toContain('plan ');
      expect(line.endsWith(format === 'text' ? ' last=field\n' : '"last":"field","module":"chainvisor"}\n')).toBe(true);
    }
  });

  it('comes back whole from JSON, and stays one harmless line, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, plan) => {
        const json = lines({ format: 'json' });
        json.log.error(message, { plan });
        const [line = ''] = json.written;
        expect(JSON.parse(line)).toMatchObject({ message, plan });
        const text = lines();
        text.log.error(message, { plan });
        for (const each of [line, text.written[0] ?? '']) {
          expect(each.indexOf('\n')).toBe(each.length - 1);
          expect(each).not.toMatch(drives);
        }
      }),
    );
  });
});

it('COSMOVISOR_DISABLE_LOGS leaves no line', () => {
  for (const format of ['text', 'json'] as const) {
    const { log, written } = lines({ disabled: true, format });
    log.info('x');
    log.warn('x');
    log.error('x');
    expect(written).toEqual([]);
  }
});
