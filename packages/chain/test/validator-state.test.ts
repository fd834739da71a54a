import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readValidatorState, validatorStateFile } from '../src/index.js';
import { tempHome } from './support.js';

const FILE = 'data/priv_validator_state.json';

const stateOf = async (home: string) => readValidatorState(await validatorStateFile(home));

describe("the validator's last signature", () => {
  it.each([
    ['a fresh node', '{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}', { height: 0, round: 0, step: 0 }],
    [
      'a validator',
      '{"height":"12345678","round":2,"step":3,"signature":"c2ln","signbytes":"AB"}',
      { height: 12345678, round: 2, step: 3 },
    ],
    ['an old validator', '{"height":"7","round":"1","step":2}', { height: 7, round: 1, step: 2 }],
  ])('of %s is read', async (_, text, state) => {
    expect(await stateOf(tempHome({ [FILE]: text }))).toEqual(state);
  });

  it('is read from where config.toml puts it, and not from the usual place', async () => {
    const usual = '{"height":"1","round":0,"step":0}';
    const moved = '{"height":"2","round":0,"step":0}';
    const config = 'priv_validator_state_file = "state/moved.json"';
    const home = tempHome({ 'config/config.toml': config, 'state/moved.json': moved, [FILE]: usual });
    expect(await stateOf(home)).toMatchObject({ height: 2 });
    expect(await stateOf(tempHome({ 'config/config.toml': config, [FILE]: usual }))).toBeUndefined();
  });

  it('is read from the usual place when config.toml says nothing of it or is broken', async () => {
    for (const config of ['', 'priv_validator_state_file = ""', 'priv_validator_state_file = 5', '[[[']) {
      const home = tempHome({ 'config/config.toml': config, [FILE]: '{"height":"3","round":0,"step":1}' });
      expect(await stateOf(home)).toEqual({ height: 3, round: 0, step: 1 });
    }
  });

  it.each([
    ['no file', {}],
    ['an empty file', { [FILE]: '' }],
    ['a cut file', { [FILE]: '{"height":"12' }],
    ['no height', { [FILE]: '{"round":0,"step":0}' }],
    ['a negative height', { [FILE]: '{"height":"-1","round":0,"step":0}' }],
    ['a height beyond 2^53', { [FILE]: '{"height":"9223372036854775807","round":0,"step":0}' }],
    ['no step', { [FILE]: '{"height":"1","round":0}' }],
    ['a list', { [FILE]: '[]' }],
  ])('is unknown with %s', async (_, files) => {
    expect(await stateOf(tempHome(files))).toBeUndefined();
  });

  it('is unknown, and nobody is held, with a named pipe in its place', async () => {
    const home = tempHome();
    mkdirSync(join(home, 'data'));
    expect(spawnSync('mkfifo', [join(home, FILE)]).status).toBe(0);
    expect(await stateOf(home)).toBeUndefined();
  });
});
