import { samePlan } from '@chainvisor/plan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Facts, decide, knownHeight } from '../src/index.js';
import * as arb from './arbitraries.js';
import { isNew, isProven, isSkipped, isTrue, mayBeThere, nextManual, told, isMovedOn } from './oracle.js';
import { rules } from './rows.js';

const RUNS = { numRuns: 4000 };
const holds = (property: (facts: Facts) => void): void => {
  fc.assert(fc.property(arb.facts, property), RUNS);
};

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

it('the facts drawn here reach every kind of action, often', () => {
  const drawn = fc.sample(arb.facts, { numRuns: 5000, seed: 1 }).map((facts) => decide(facts).action.do);
  for (const kind of ['run', 'watch', 'end', 'link', 'restore-file', 'finish', 'upgrade', 'refuse'] as const) {
    expect(drawn.filter((done) => done === kind).length, kind).toBeGreaterThan(50);
  }
});

describe('for all facts', () => {
  it('there is a decision by a rule of the table, the same each time, and the facts stay as they are', () => {
    holds((facts) => {
      const decision = decide(freeze(facts));
      expect(rules).toHaveProperty(decision.rule);
      expect(decide(structuredClone(facts))).toEqual(decision);
    });
  });

  it('no upgrade is decided without proof, and the proof given is true', () => {
    holds((facts) => {
      const { action } = decide(facts);
      if (action.do !== 'upgrade') return;
      expect(isProven(facts, action.plan.height)).toBe(true);
      expect(isTrue(action.proof, facts, action.plan.height)).toBe(true);
    });
  });

  it('no upgrade is refused for its binary without proof', () => {
    holds((facts) => {
      const { action } = decide(facts);
      if (action.do !== 'refuse' || action.refusal.why !== 'binary-missing') return;
      expect(isProven(facts, action.refusal.plan.height)).toBe(true);
    });
  });

  it('no upgrade is to an older plan, to the one that runs, to a skipped one, or to one that nobody named', () => {
    holds((facts) => {
      const { action } = decide(facts);
      if (action.do !== 'upgrade') return;
      expect(isNew(facts, action.plan)).toBe(true);
      expect(isSkipped(facts, action.plan)).toBe(false);
      const named = facts.manual.map(({ plan }) => plan);
      if (facts.file.state === 'plan') named.push(facts.file.plan);
      expect(named).toContain(action.plan);
    });
  });

  it('an upgrade says truly where its binary comes from', () => {
    holds((facts) => {
      const { action, rule } = decide(facts);
      if (action.do !== 'upgrade') return;
      const staged = rule === 'manual-due' ? nextManual(facts)?.staged : facts.staged;
      expect(mayBeThere(facts, staged)).toBe(true);
      expect(action.binary === 'staged').toBe(staged?.state === 'runnable');
      if (action.binary !== 'staged') expect(action.binary === 'download').toBe(facts.downloadAllowed);
    });
  });

  it('a live child is only ever watched, upgraded, or refused for something that is due', () => {
    holds((facts) => {
      if (facts.child.state !== 'alive') return;
      const { action } = decide(facts);
      expect(['watch', 'upgrade', 'refuse']).toContain(action.do);
      if (action.do !== 'refuse') return;
      const plans = facts.manual.map(({ plan }) => plan);
      if (facts.file.state === 'plan') plans.push(facts.file.plan);
      expect(plans.some((plan) => isProven(facts, plan.height) && !isSkipped(facts, plan))).toBe(true);
    });
  });

  it('only a live child is watched, and only an ended one is let end', () => {
    holds((facts) => {
      const { action } = decide(facts);
      if (action.do === 'watch') expect(facts.child.state).toBe('alive');
      if (action.do === 'end') expect(facts.child.state).toBe('ended');
    });
  });

  it('an ending that the operator asked for is always passed on', () => {
    holds((facts) => {
      if (facts.child.state === 'ended' && facts.child.by === 'operator')
        expect(decide(facts).action).toEqual({ do: 'end' });
    });
  });

  it('a recorded upgrade is finished when every condition holds, and never else', () => {
    holds((facts) => {
      const { file, open, current, child } = facts;
      const may =
        open !== undefined &&
        child.state === 'none' &&
        file.state === 'plan' &&
        samePlan(file.plan, open.plan) &&
        !isSkipped(facts, open.plan) &&
        current.state === 'linked' &&
        [open.from, open.to].includes(current.target);
      const { action } = decide(facts);
      expect(action.do === 'finish').toBe(may);
      if (action.do === 'finish') expect(action.upgrade).toBe(open);
    });
  });

  it('nothing runs over an upgrade that is due', () => {
    holds((facts) => {
      if (decide(facts).action.do !== 'run') return;
      const { file } = facts;
      const isDue =
        file.state === 'plan' &&
        isNew(facts, file.plan) &&
        !isMovedOn(facts) &&
        !isSkipped(facts, file.plan) &&
        isProven(facts, file.plan.height);
      expect(isDue).toBe(false);
    });
  });

  it('nothing runs at or past a manual upgrade, and what runs before one is to halt for it', () => {
    holds((facts) => {
      const { action } = decide(facts);
      if (action.do !== 'run') return;
      const next = nextManual(facts);
      expect(action.haltFor).toBe(next?.plan);
      if (next !== undefined) expect(Math.max(0, ...told(facts))).toBeLessThan(next.plan.height);
    });
  });

  it('a manual upgrade is due at its very height only, by a source that tells it', () => {
    holds((facts) => {
      const { action, rule } = decide(facts);
      if (rule !== 'manual-due') return;
      const next = nextManual(facts);
      expect(Math.max(...told(facts))).toBe(next?.plan.height);
      if (action.do === 'upgrade') expect(action).toMatchObject({ plan: next?.plan, proof: { by: 'height' } });
    });
  });

  it('nothing is left ended or watched over an upgrade that is due, where current can tell what runs', () => {
    holds((facts) => {
      const { file, current, child } = facts;
      if (file.state !== 'plan' || current.state !== 'linked') return;
      if (child.state === 'ended' && child.by === 'operator') return;
      if (!isNew(facts, file.plan) || isSkipped(facts, file.plan) || !isProven(facts, file.plan.height)) return;
      if (isMovedOn(facts)) return;
      const runsIt = current.plan === undefined && current.target === facts.staged?.target;
      if (runsIt && child.state === 'alive' && !child.fileChanged) return;
      const { action, rule } = decide(facts);
      const there = mayBeThere(facts, facts.staged);
      // Above the height, with nothing to switch to, a live node is left alone, or to a manual upgrade.
      const passed = child.state === 'alive' && (child.liveHeight ?? 0) > file.plan.height;
      if (passed && !there) expect(rule).not.toBe('due-binary-missing');
      else if (child.state !== 'none') expect(action.do).toBe(there ? 'upgrade' : 'refuse');
      else expect(['upgrade', 'refuse', 'finish', 'link']).toContain(action.do);
    });
  });

  it('nothing runs where current is not a link to a directory', () => {
    holds((facts) => {
      if (['run', 'finish'].includes(decide(facts).action.do)) expect(facts.current.state).toBe('linked');
    });
  });

  it('a file is put back only where it cannot be read, a good one is on record, and nobody is alive to finish it', () => {
    holds((facts) => {
      if (decide(facts).action.do !== 'restore-file') return;
      expect(facts.file.state).toBe('unreadable');
      expect(facts.lastGood).toBeDefined();
      expect(facts.child.state).not.toBe('alive');
    });
  });

  it('a child that ended is started again at most once, and only over a file that changed under it', () => {
    holds((facts) => {
      const { child } = facts;
      if (child.state !== 'ended') return;
      // So seldom started again that the drawn facts may hold no such case: what is never so is asserted.
      const may = child.by === 'itself' && child.fileChanged && !child.relaunched;
      if (!may) expect(decide(facts).action.do).not.toBe('run');
    });
  });

  it('each note has words, and each warning is about something that is so', () => {
    holds((facts) => {
      for (const note of decide(facts).notes) {
        expect(note.text).not.toMatch(/undefined|\[object/);
        if (note.about === 'abandoned') expect(facts.open).toBeDefined();
        if (note.about.startsWith('file-') && note.about !== 'file-older') expect(facts.file.state).toBe('unreadable');
      }
    });
  });
});

describe('one more source of heights', () => {
  const withSource = fc.tuple(
    arb.facts,
    fc.constantFrom('recorded' as const, 'wal' as const, 'validator' as const),
    fc.nat({ max: 3 }),
  );

  it('that proves the plan of the file leaves its upgrade an upgrade', () => {
    fc.assert(
      fc.property(withSource, ([facts, source, above]) => {
        const before = decide(facts);
        if (before.action.do !== 'upgrade' || before.rule !== 'due' || facts.current.state !== 'linked') return;
        const height = Math.max(before.action.plan.height, facts.heights[source] ?? 0) + above;
        const after = decide({ ...facts, heights: { ...facts.heights, [source]: height } });
        expect(after.action).toMatchObject({ do: 'upgrade', plan: before.action.plan });
      }),
      RUNS,
    );
  });

  it('never turns any upgrade into a run or an end', () => {
    fc.assert(
      fc.property(withSource, ([facts, source, above]) => {
        const { action } = decide(facts);
        if (action.do !== 'upgrade') return;
        const height = Math.max(action.plan.height, facts.heights[source] ?? 0) + above;
        const after = decide({ ...facts, heights: { ...facts.heights, [source]: height } });
        expect(['run', 'end', 'link', 'restore-file']).not.toContain(after.action.do);
      }),
      RUNS,
    );
  });

  it('that says what is known already changes no action', () => {
    fc.assert(
      fc.property(withSource, ([facts, source]) => {
        const known = knownHeight(facts);
        if (known === undefined) return;
        // A node that has fallen silent is believed its own log, and nothing else that says the same.
        const { child } = facts;
        if (source === 'wal' && child.state === 'alive' && child.liveHeight !== undefined) return;
        const before = decide(facts).action;
        const after = decide({ ...facts, heights: { ...facts.heights, [source]: known } }).action;
        expect(after.do).toBe(before.do);
      }),
      RUNS,
    );
  });
});
