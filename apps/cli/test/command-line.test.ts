import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../src/command-line.js';
import { CliError } from '../src/errors.js';

const start = ['start'];
const none = { config: undefined, logFormat: undefined };
const parse = (...argv: string[]) => parseCommandLine(argv, start);

function usageError(...argv: string[]): CliError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error(`${argv.join(' ')} was understood`);
}

const spellings: readonly (readonly string[])[] = [
  ['--cosmovisor-config', '/c.toml'],
  ['--cosmovisor-config=/c.toml'],
  ['-cosmovisor-config', '/c.toml'],
  ['-cosmovisor-config=/c.toml'],
  ['-c', '/c.toml'],
  ['-c=/c.toml'],
  ['--COSMOVISOR-CONFIG', '/c.toml'],
  ['--Cosmovisor-Config=/c.toml'],
  ['-COSMOVISOR-CONFIG', '/c.toml'],
  ['-C', '/c.toml'],
];
const options = { config: '/c.toml', logFormat: undefined };

describe.each(spellings.map((words) => [words.join(' '), words] as const))('%s', (_, words) => {
  it('is taken before run', () => {
    expect(parse(...words, 'run', 'start', '--home', '/h')).toEqual({
      kind: 'run',
      bare: false,
      options,
      args: ['start', '--home', '/h'],
    });
  });

  it('is taken right after run', () => {
    expect(parse('run', ...words, 'start')).toEqual({ kind: 'run', bare: false, options, args: ['start'] });
  });

  it('is taken before a command of our own', () => {
    expect(parse(...words, 'config', '-o', 'json')).toEqual({ kind: 'other', options, args: ['config', '-o', 'json'] });
  });

  it("is the node's behind --", () => {
    expect(parse('systemd', 'render', ...words, '--', 'start', ...words)).toEqual({
      kind: 'other',
      options,
      args: ['systemd', 'render', '--', 'start', ...words],
    });
  });

  it('is taken anywhere with a command of our own', () => {
    for (const argv of [
      ['config', ...words, '-o', 'json'],
      ['config', '-o', 'json', ...words],
      [...words, 'config', '-o', ...words, 'json', ...words],
    ]) {
      expect(parse(...argv)).toEqual({ kind: 'other', options, args: ['config', '-o', 'json'] });
    }
  });

  it('is taken before a bare node command', () => {
    expect(parse(...words, 'start')).toEqual({ kind: 'run', bare: true, options, args: ['start'] });
  });

  it("is the node's behind the first of its arguments", () => {
    const args = ['start', ...words, '--x'];
    expect(parse('run', ...args)).toEqual({ kind: 'run', bare: false, options: none, args });
    expect(parse(...args)).toEqual({ kind: 'run', bare: true, options: none, args });
  });
});

describe('options of our own', () => {
  it('count the last time they are given, also across run', () => {
    expect(parse('-c', '/a', '--cosmovisor-config=/b', 'run', '-c=/c', 'start')).toMatchObject({
      options: { config: '/c' },
      args: ['start'],
    });
    expect(parse('-c', '/a', 'run', 'start')).toMatchObject({ options: { config: '/a' } });
  });

  it('keep the case and every other = of their value', () => {
    expect(parse('--cosmovisor-config=/A=B=.toml', 'run', 'start').options.config).toBe('/A=B=.toml');
  });

  it('take the next word whatever it is', () => {
    expect(parse('-c', 'run', 'run', 'start')).toMatchObject({ options: { config: 'run' }, args: ['start'] });
  });

  it.each([
    ['--cosmovisor-config'],
    ['-cosmovisor-config'],
    ['-c'],
    ['run', '-c'],
    ['run', '--cosmovisor-config'],
    ['--cosmovisor-config=', 'run', 'start'],
    ['-c', '', 'run', 'start'],
    ['run', '-c=', 'start'],
  ])('are refused without a value: %j %j %j', (...argv) => {
    const error = usageError(...argv.filter((word) => typeof word === 'string'));
    expect(error).toMatchObject({ code: 'usage', exitCode: 64 });
    expect(error.message).toMatch(/^-(-cosmovisor-config|cosmovisor-config|c) requires an argument$/);
    expect(error.hint).toContain('<path>');
  });

  it.each([
    [['--log-format', 'json', 'run', 'start'], 'json'],
    [['--log-format=json', 'run', 'start'], 'json'],
    [['--LOG-FORMAT=text', 'run', 'start'], 'text'],
    [['run', '--log-format', 'json', 'start'], 'json'],
    [['run', '--log-format=text', '-c', '/c', 'start'], 'text'],
    [['-c', '/c', '--log-format', 'json', 'start'], 'json'],
  ] as const)('%j: the log is %s', (argv, logFormat) => {
    expect(parse(...argv)).toMatchObject({ kind: 'run', options: { logFormat }, args: ['start'] });
  });

  it.each([['--log-format=xml'], ['--log-format', 'JSON'], ['--log-format'], ['--log-format=']])(
    'refuse a log format that is none: %j %j',
    (...words) => {
      const error = usageError(...words.filter((word) => typeof word === 'string'));
      expect(error.code).toBe('usage');
      expect(error.message).toMatch(/--log-format (requires an argument|"(xml|JSON)" is neither text nor json)$/);
    },
  );

  it("are the node's under another name, however close", () => {
    for (const word of ['--cosmovisor-configs', '--config', '-cc', '-', '--', '--c', '__proto__', 'constructor']) {
      expect(parse('run', word, '/c')).toMatchObject({ options: none, args: [word, '/c'] });
    }
  });
});

describe('a command', () => {
  it('is none where there are no arguments, or options alone', () => {
    expect(parse()).toEqual({ kind: 'other', options: none, args: [] });
    expect(parse('-c', '/c')).toEqual({ kind: 'other', options: { ...none, config: '/c' }, args: [] });
  });

  it('is run with nothing behind it where that is all', () => {
    expect(parse('run')).toEqual({ kind: 'run', bare: false, options: none, args: [] });
  });

  it('is run once: the second is an argument of the node', () => {
    expect(parse('run', 'run', 'start')).toMatchObject({ kind: 'run', args: ['run', 'start'] });
  });

  it.each(['version', 'config', 'init', 'help', '--help', 'starts', 'Start', 'RUN'])('%s is no node', (word) => {
    expect(parse(word, 'x')).toEqual({ kind: 'other', options: none, args: [word, 'x'] });
  });

  it('is a bare node command where CHAINVISOR_NODE_COMMANDS lists it', () => {
    expect(parseCommandLine(['launch', '--x'], ['start', 'launch'])).toMatchObject({
      bare: true,
      args: ['launch', '--x'],
    });
    expect(parseCommandLine(['start'], ['launch'])).toMatchObject({ kind: 'other' });
  });
});

describe('what is behind run', () => {
  const ours = /^(--cosmovisor-config|-cosmovisor-config|-c|--log-format)(=|$)/i;
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('start', 'run', '-c', '-c=/x', '--cosmovisor-config', '--log-format=json', '--', '-', '--home', ''),
  );

  it('comes through untouched and in order, unless it begins with an option of ours', () => {
    fc.assert(
      fc.property(fc.array(word), (args) => {
        fc.pre(!ours.test(args[0] ?? ''));
        expect(parse('run', ...args)).toEqual({ kind: 'run', bare: false, options: none, args });
      }),
    );
  });

  it('comes through untouched behind options of ours', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...spellings)), fc.array(word), (taken, args) => {
        fc.pre(!ours.test(args[0] ?? ''));
        expect(parse('run', ...taken.flat(), ...args)).toEqual({
          kind: 'run',
          bare: false,
          options: taken.length === 0 ? none : options,
          args,
        });
      }),
    );
  });
});
