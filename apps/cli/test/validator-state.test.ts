import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CliError } from '../src/errors.js';
import { checkValidatorState, isEarlier, recordValidatorState } from '../src/supervise/validator-state.js';
import { makeWorld, type World } from './helpers/context.js';

const state = (height: number, round = 0, step = 3) => ({ height, round, step });

function sign({ ctx }: World, height: number, round = 0, step = 3): Promise<void> {
  return writeFile(ctx.validatorState, JSON.stringify({ height: String(height), round, step, signature: 'x' }));
}

describe('one state of a validator', () => {
  it.each([
    [state(9), state(10), true],
    [state(9, 5, 3), state(10, 0, 1), true],
    [state(10, 0, 3), state(10, 1, 1), true],
    [state(10, 1, 1), state(10, 1, 2), true],
    [state(10), state(10), false],
    [state(10, 1, 1), state(10, 0, 3), false],
    [state(11, 0, 1), state(10, 2, 3), false],
  ])('%j is earlier than %j: %s', (a, b, earlier) => {
    expect(isEarlier(a, b)).toBe(earlier);
  });
});

describe("the validator's state at a start", () => {
  it('is put on record, once for each value', async () => {
    const world = await makeWorld();
    await sign(world, 10);
    await checkValidatorState(world.ctx);
    const first = world.ctx.journal.history().validator;
    expect(first).toMatchObject(state(10));
    await checkValidatorState(world.ctx);
    expect(world.ctx.journal.history().validator).toBe(first);
    await sign(world, 10, 1, 1);
    await recordValidatorState(world.ctx);
    expect(world.ctx.journal.history().validator).toMatchObject(state(10, 1, 1));
  });

  it.each([
    ['of a lower height', state(9)],
    ['of an earlier round', state(10, 0)],
    ['of an earlier step', state(10, 1, 2)],
    ['that was reset', state(0, 0, 0)],
  ])('%s than on record is refused, with both values and both ways out', async (_, now) => {
    const world = await makeWorld();
    await sign(world, 10, 1);
    await checkValidatorState(world.ctx);
    await sign(world, now.height, now.round, now.step);
    const error: unknown = await checkValidatorState(world.ctx).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CliError);
    if (!(error instanceof CliError)) return;
    expect(error).toMatchObject({ code: 'validatorState', exitCode: 77 });
    expect(error.message).toContain(world.ctx.validatorState);
    expect(error.reason).toContain(`height ${now.height}, round ${now.round}, step ${now.step}`);
    expect(error.reason).toContain('height 10, round 1, step 3');
    expect(error.hint).toContain(`accept-validator-state --height ${now.height}`);
    // Running it again does not make it right.
    await recordValidatorState(world.ctx);
    await expect(checkValidatorState(world.ctx)).rejects.toThrow(CliError);
  });

  it('is as good as accepted once its value is the last on record', async () => {
    const world = await makeWorld();
    await sign(world, 10);
    await checkValidatorState(world.ctx);
    await sign(world, 5);
    await world.ctx.journal.append({ kind: 'validator', ...state(5) });
    await checkValidatorState(world.ctx);
    await sign(world, 4);
    await expect(checkValidatorState(world.ctx)).rejects.toThrow(CliError);
  });

  it.each([
    ['is absent', undefined],
    ['is no state', '{"height":"x"}'],
  ])('says nothing where the file %s', async (_, text) => {
    const world = await makeWorld();
    await world.ctx.journal.append({ kind: 'validator', ...state(5) });
    if (text !== undefined) await writeFile(world.ctx.validatorState, text);
    await checkValidatorState(world.ctx);
    expect(world.ctx.journal.history().validator).toMatchObject(state(5));
  });

  it('of a node that has never signed is not put on record', async () => {
    const world = await makeWorld();
    await sign(world, 0, 0, 0);
    await checkValidatorState(world.ctx);
    expect(world.ctx.journal.history().validator).toBeUndefined();
  });
});
