import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { describeProcess, isLive, parseProcessStat, readProcessStat } from '../src/process-stat.js';

const text = (name: string, state = 'S', threads = 1) =>
  `4242 (${name}) ${state} 1 4240 4230 34816 4240 4194304 1 2 3 4 5 6 7 8 20 0 ${threads} 0 12345 67890 11\n`;

const expected = {
  pid: 4242,
  state: 'S',
  group: 4240,
  session: 4230,
  terminalGroup: 4240,
  threads: 1,
  startTime: 12345,
};

describe('parseProcessStat', () => {
  it.each(['palomad', 'tmux: server', 'a) R 1 2 3 (b', ')', '', '((', 'x\ny) Z 0 0 0'])(
    'is not misled by a program named %j',
    (name) => expect(parseProcessStat(text(name))).toEqual(expected),
  );

  it('finds the same fields whatever the name is', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (name) => {
        expect(parseProcessStat(text(name))).toEqual(expected);
      }),
    );
  });

  it.each(['', '4242', '4242 (sh)', '4242 (sh) S', '4242 (sh) S 1 x 3 4 5', ') 1 ('])(
    'has nothing to say about %j',
    (bad) => {
      expect(parseProcessStat(bad)).toBeUndefined();
    },
  );

  it('survives any text', () => {
    fc.assert(fc.property(fc.string(), (any) => void parseProcessStat(any)));
    expect(parseProcessStat('no')).toBeUndefined();
  });
});

describe('readProcessStat', () => {
  it('knows this very process', () => {
    expect(readProcessStat('self')).toMatchObject({ pid: process.pid });
  });

  it('knows nothing of a process that is not there', () => {
    expect(readProcessStat(2 ** 30)).toBeUndefined();
  });
});

describe('isLive', () => {
  it.each([
    ['S', 1, true],
    ['D', 1, true],
    ['T', 1, true],
    ['Z', 1, false],
    ['X', 0, false],
    ['Z', 3, true],
  ] as const)('of state %s with %i threads is %s', (state, threads, live) => {
    const stat = parseProcessStat(text('sh', state, threads));
    expect(stat && isLive(stat)).toBe(live);
  });
});

describe('describeProcess', () => {
  it('names the process and its state', () => {
    expect(describeProcess(process.pid)).toMatch(
      new RegExp(`^process ${process.pid} \\(state [RS]: (running|sleeping)\\)$`),
    );
    expect(describeProcess(2 ** 30)).toBe(`process ${2 ** 30} (state unknown)`);
  });
});
