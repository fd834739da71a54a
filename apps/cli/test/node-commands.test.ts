import { describe, expect, it } from 'vitest';
import { isNodeCommand } from '../src/command-line.js';
import { nodeCommandsOf } from '../src/commands/run.js';

const start = ['start'];

describe('isNodeCommand', () => {
  it.each<[boolean, ...string[]]>([
    [true, 'start'],
    [true, 'start', '--help'],
    [true, 'start', 'version'],
    [true, '--home', '/h', 'start'],
    [true, '--home=/h', 'start'],
    [true, '--home', 'version', 'start'],
    [
      true,
      '--log_level',
      'info',
      '--log_format',
      'json',
      '--log-level',
      'x',
      '--log-format',
      'y',
      '--chain-id',
      'z',
      'start',
    ],
    [true, '--trace', 'start'],
    [true, '--log_level=info', '--trace', '--home', 'start', 'start'],
    [true, '--rpc.laddr', 'tcp://127.0.0.1:1', 'start'],
    [true, '--unknown', 'start'],
    [false, '--unknown', 'x', 'status'],
    [false],
    [false, 'version'],
    [false, '--help'],
    [false, '-h'],
    [false, '--help', 'keys', 'start'],
    [false, 'status', 'start'],
    [false, '--home', 'start'],
    [false, '--home', 'start', 'status'],
    [false, '--home=/h', 'version'],
    [false, '--home', '/h'],
    [false, 'starts'],
    [false, 'START'],
    [false, ''],
    [false, '--start'],
  ])('%s: %j %j %j %j', (expected, ...args) => {
    expect(
      isNodeCommand(
        args.filter((word) => typeof word === 'string'),
        start,
      ),
    ).toBe(expected);
  });

  it('goes by the list alone', () => {
    expect(isNodeCommand(['launch'], ['start', 'launch'])).toBe(true);
    expect(isNodeCommand(['start'], ['launch'])).toBe(false);
  });
});

describe('CHAINVISOR_NODE_COMMANDS', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, ['start']],
    ['', ['start']],
    [' , ', ['start']],
    ['launch', ['launch']],
    ['start,launch', ['start', 'launch']],
    [' start , launch ,', ['start', 'launch']],
  ])('%j lists %j', (value, expected) => {
    expect(nodeCommandsOf({ CHAINVISOR_NODE_COMMANDS: value })).toEqual(expected);
  });
});
