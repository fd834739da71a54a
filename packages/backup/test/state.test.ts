import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareStates, parseState, restoreBackup } from '../src/index.ts';
import type { ValidatorState } from '../src/index.ts';
import { formatState } from '../src/state.ts';
import { makeHome, refusal } from './home.ts';

// Small numbers, so that heights and rounds are equal often; and the largest that there are.
const states = fc.record({
  height: fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 63n - 1n)),
  round: fc.oneof(fc.nat(2), fc.nat()),
  step: fc.nat(3),
});

const key = ({ height, round, step }: ValidatorState): string =>
  [height, round, step].map((part) => String(part).padStart(20, '0')).join('/');

it('compares as the parts do, one after the other', () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      expect(Math.sign(compareStates(a, b))).toBe(key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
      expect(Math.sign(compareStates(b, a))).toBe(-Math.sign(compareStates(a, b)) + 0);
    }),
  );
});

it('reads what it writes, and what Tendermint and CometBFT write', () => {
  fc.assert(
    fc.property(states, (state) => {
      expect(parseState(formatState(state))).toEqual(state);
    }),
  );
  expect(parseState('{"height":"5","round":"1","step":2}')).toEqual({ height: 5n, round: 1, step: 2 });
  expect(parseState('{"height":5,"round":1,"step":2,"signature":"x"}')).toEqual({ height: 5n, round: 1, step: 2 });
});

it('never reads a state from anything else', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseState(text)).toBeUndefined();
    }),
  );
});

it('a restore never lowers the state, whatever is live, in the backup and given', async () => {
  const { home, data, put, create } = makeHome();
  put('a', 'x');
  const file = join(data, 'priv_validator_state.json');
  const content = fc.oneof(
    { weight: 6, arbitrary: states.map((state) => ({ state, text: formatState(state) })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', 'null', '{"height":"7"}').map((text) => ({ state: undefined, text })),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const strategies = fc.constantFrom('copy', 'link', 'auto', 'reflink');
  let round = 0;
  await fc.assert(
    fc.asyncProperty(content, content, fc.option(states), strategies, async (live, saved, floor, strategy) => {
      for (const name of readdirSync(home)) if (name !== 'data') rmSync(join(home, name), { recursive: true });
      rmSync(file, { force: true });
      if (saved !== undefined) writeFileSync(file, saved.text);
      const backup = (await create()).path;
      rmSync(file, { force: true });
      if (live !== undefined) writeFileSync(file, live.text);

      round += 1;
      const keepState = floor === null ? {} : { atLeast: floor };
      const act = () => restoreBackup({ backup, data, aside: `old${round}`, strategy, keepState });
      if (live === undefined ? floor === null : live.state === undefined) {
        expect((await refusal(act)).code).toBe('BACKUP_STATE_UNKNOWN');
        expect(live === undefined ? undefined : readFileSync(file, 'utf8')).toBe(live?.text);
        return;
      }
      const { state } = await act();
      const now = parseState(readFileSync(file, 'utf8'));
      expect(now).toEqual(state.state);
      const known = [live?.state, saved?.state, floor ?? undefined].filter((one) => one !== undefined);
      expect(now).toEqual(known.reduce((a, b) => (compareStates(a, b) >= 0 ? a : b)));
      renameSync(join(home, `old${round}`), join(home, 'gone'));
    }),
    { numRuns: 150 },
  );
});
