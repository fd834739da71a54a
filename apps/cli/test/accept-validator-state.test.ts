import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, makeProgramHome, type ProgramHome } from './helpers/program.js';
import { lineOf } from './helpers/records.js';

beforeAll(bundleProgram, 120_000);

const recorded = { kind: 'validator', height: 120, round: 1, step: 3 } as const;

async function home(state: string | undefined, record = true): Promise<ProgramHome> {
  const made = await makeProgramHome();
  if (state !== undefined) await made.write('data/priv_validator_state.json', state);
  if (record) await made.write('cosmovisor/.chainvisor/journal.jsonl', lineOf(recorded));
  return made;
}

const older = '{"height":"40","round":0,"step":2}';

describe('a validator state older than the one on record', () => {
  it('is accepted by its height, from then on the one on record', async () => {
    const made = await home(older);
    const { code, stdout, stderr } = await made.run('accept-validator-state', '--height', '40');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^accepted: .* says height 40, round 0, step 2; on record was height 120, round 1, step 3\n/,
    );
    expect(made.records()).toEqual([recorded, { kind: 'validator', height: 40, round: 0, step: 2 }]);
    const again = await made.run('accept-validator-state', '-o', 'json');
    expect(again.code).toBe(0);
    const present = { height: 40, round: 0, step: 2 };
    expect(JSON.parse(again.stdout)).toEqual({ recorded: present, present, accepted: false });
    expect(made.records()).toHaveLength(2);
  });

  it('of the same height is older by its round or step too', async () => {
    for (const state of ['{"height":"120","round":0,"step":3}', '{"height":"120","round":1,"step":2}']) {
      const made = await home(state);
      expect(await made.run('accept-validator-state')).toMatchObject({ code: 77 });
      const json = await made.run('accept-validator-state', '--height', '120', '--output', 'json');
      expect(JSON.parse(json.stdout)).toMatchObject({ recorded: { height: 120, round: 1, step: 3 }, accepted: true });
    }
  });

  it('that begins anew, as on a chain that was reset, is accepted by 0', async () => {
    const made = await home('{"height":"0","round":0,"step":0}');
    expect(await made.run('accept-validator-state', '--height', '0')).toMatchObject({ code: 0 });
    expect(made.records().at(-1)).toMatchObject({ height: 0 });
  });

  it.each([
    ['without its height', [], 77, 'is older than what this validator has signed'],
    ['with another height', ['--height', '120'], 64, '--height 120 is not what'],
  ])('is not accepted %s: what it means is said', async (_, more, code, what) => {
    const made = await home(older);
    const result = await made.run('accept-validator-state', ...more);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    for (const part of [what, 'height 40, round 0, step 2', 'height 120, round 1, step 3', 'a second time', 'slashes'])
      expect(result.stderr).toContain(part);
    expect(result.stderr).toMatch(/chainvisor accept-validator-state --height 40$/m);
    expect(made.records()).toEqual([recorded]);
    expect(made.read('data/priv_validator_state.json')).toBe(older);
  });
});

describe('nothing is to be accepted', () => {
  it.each([
    ['where the state is what is on record', '{"height":"120","round":1,"step":3}', true, 'not older'],
    ['where it is newer', '{"height":"121","round":0,"step":1}', true, 'not older'],
    ['where nothing is on record', older, false, 'nothing is on record'],
  ])('%s', async (_, state, record, said) => {
    const made = await home(state, record);
    const before = made.records();
    const { code, stdout } = await made.run('accept-validator-state', '--height', '40');
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to accept');
    expect(stdout).toContain(said);
    expect(made.records()).toEqual(before);
  });

  it.each([
    ['missing', undefined],
    ['torn', '{"height":'],
  ])('where the file is %s: that is an error', async (_, state) => {
    const made = await home(state);
    const { code, stderr } = await made.run('accept-validator-state');
    expect(code).toBe(66);
    expect(stderr).toContain(join(made.layout.data, 'priv_validator_state.json'));
    expect(made.records()).toEqual([recorded]);
  });
});
