import type { Plan } from '@chainvisor/plan';
import fc from 'fast-check';
import type { ChildFact, CurrentFact, Facts, FileFact, OfflineHeights, OpenUpgrade, StagedFact } from '../src/index.js';

// Few names and low heights, so that plans coincide, differ in case, and lie on, before and after each other often.
const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined });
const height = fc.integer({ min: 1, max: 6 });
const known = fc.integer({ min: 0, max: 8 });
export const targets = ['genesis', 'upgrades/v1', 'upgrades/v2', '/opt/elsewhere'] as const;
export const target = fc.constantFrom(...targets);

export const plan: fc.Arbitrary<Plan> = fc.record({
  name: fc.constantFrom('v1', 'V1', 'v2', '..'),
  height,
  info: fc.constantFrom('', '{"binaries":{}}'),
});

export const file: fc.Arbitrary<FileFact> = fc.oneof(
  fc.constant({ state: 'absent' } as const),
  fc.constant({ state: 'unreadable', reason: 'it is empty' } as const),
  { weight: 4, arbitrary: plan.map((named) => ({ state: 'plan', plan: named }) as const) },
);

export const current: fc.Arbitrary<CurrentFact> = fc.oneof(
  fc.constant({ state: 'absent' } as const),
  target.map((t) => ({ state: 'dangling', target: t }) as const),
  fc.constant({ state: 'not-a-link', kind: 'directory' } as const),
  {
    weight: 5,
    arbitrary: fc.record({
      state: fc.constant('linked' as const),
      target,
      plan: maybe(plan),
      predecessor: maybe(target),
    }),
  },
);

export const child: fc.Arbitrary<ChildFact> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ state: 'none' } as const) },
  fc.record({
    state: fc.constant('alive' as const),
    fileChanged: fc.boolean(),
    liveHeight: maybe(known),
    settled: fc.boolean(),
  }),
  fc.record({
    state: fc.constant('ended' as const),
    fileChanged: fc.boolean(),
    liveHeight: maybe(known),
    by: fc.constantFrom('itself' as const, 'itself' as const, 'operator' as const),
    relaunched: fc.boolean(),
  }),
);

export const heights: fc.Arbitrary<OfflineHeights> = fc.record({
  recorded: maybe(known),
  wal: maybe(known),
  validator: maybe(known),
});

const runnable = fc
  .tuple(target, fc.boolean())
  .map(([t, made]): StagedFact => ({ state: 'runnable', target: t, made }));
export const staged: fc.Arbitrary<StagedFact> = fc.oneof(
  { weight: 2, arbitrary: runnable },
  fc.record({
    state: fc.constantFrom('missing' as const, 'not-runnable' as const),
    target,
    detail: fc.constant('no such file'),
  }),
);

const open: fc.Arbitrary<OpenUpgrade> = fc.record({ plan, from: target, to: target });

const manual = fc
  .array(fc.record({ plan, staged }), { maxLength: 3 })
  .map((entries) => entries.sort((a, b) => a.plan.height - b.plan.height));

export const facts: fc.Arbitrary<Facts> = fc
  .record({
    file,
    lastGood: maybe(plan),
    current,
    journalCurrent: maybe(fc.record({ target, runnable: fc.boolean(), height: maybe(height) })),
    staged: maybe(staged),
    child,
    heights,
    open: maybe(open),
    skipHeights: fc.array(height, { maxLength: 2 }),
    manual,
    downloadAllowed: fc.boolean(),
    scriptMayBring: fc.boolean(),
  })
  // A file that names no plan has no binary.
  .map((given) => (given.file.state === 'plan' ? given : { ...given, staged: undefined }))
  // Often the recorded upgrade is the one that the file names: else nothing would ever be finished.
  .chain((given) => {
    const { open: begun, file: there } = given;
    if (begun === undefined || there.state !== 'plan') return fc.constant(given);
    return fc.boolean().map((same) => (same ? { ...given, open: { ...begun, plan: there.plan } } : given));
  });
