import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CurrentFact, type Facts, type StagedFact, decide } from '../src/index.js';
import * as arb from './arbitraries.js';
import { plan } from './arbitraries.js';

/** What lies on disk behind the facts: what changes when `current` or the file does. */
interface Disk {
  readonly facts: Facts;
  /** For each target: the plan beside its binary, and what ran before it. What ran before is never later in the list. */
  readonly beside: readonly (Facts['lastGood'] | undefined)[];
  readonly before: readonly (number | undefined)[];
  readonly stagedOfGood: StagedFact;
  /** Whether the record of an upgrade is closed once it is told as abandoned, or only later. */
  readonly closes: boolean;
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const each = <T>(of: (index: number) => fc.Arbitrary<T>) => fc.tuple(...arb.targets.map((_, index) => of(index)));

const disk: fc.Arbitrary<Disk> = fc.record({
  facts: arb.facts.filter(({ child }) => child.state !== 'alive'),
  beside: each(() => maybe(plan)),
  before: each((index) => maybe(fc.nat({ max: index }))),
  stagedOfGood: arb.staged,
  closes: fc.boolean(),
});

function linkedTo({ beside, before }: Disk, target: string): CurrentFact {
  const at = (arb.targets as readonly string[]).indexOf(target);
  const earlier = before[at];
  const predecessor = earlier === undefined ? undefined : arb.targets[earlier];
  return { state: 'linked', target, plan: beside[at], predecessor };
}

it('changes to the disk come to an end: no action is asked for again once it was carried out', () => {
  fc.assert(
    fc.property(disk, (given) => {
      const { current } = given.facts;
      let facts =
        current.state === 'linked' ? { ...given.facts, current: linkedTo(given, current.target) } : given.facts;
      const asked: string[] = [];
      for (let step = 0; step < 10; step += 1) {
        const { action, notes } = decide(facts);
        if (given.closes && notes.some(({ about }) => about === 'abandoned')) facts = { ...facts, open: undefined };
        if (action.do === 'link') {
          const journalCurrent = { target: action.target, runnable: true, height: undefined };
          facts = { ...facts, current: linkedTo(given, action.target), journalCurrent };
        } else if (action.do === 'restore-file' && facts.lastGood !== undefined) {
          facts = { ...facts, file: { state: 'plan', plan: facts.lastGood }, staged: given.stagedOfGood };
        } else {
          expect(['run', 'end', 'upgrade', 'finish', 'refuse']).toContain(action.do);
          return;
        }
        const change = JSON.stringify(action);
        expect(asked).not.toContain(change);
        asked.push(change);
      }
      expect.unreachable(`no end after ${asked.join(', ')}`);
    }),
    { numRuns: 6000 },
  );
});
