import type { Events } from './events.js';
import type { Host } from './host.js';
import { type Settled, type Step, cutShort, cutsAt, settle } from './settle.js';
import { type World, alive, keyOf, noJournal } from './world.js';

/** Told of everything that is found; what it says is wrong is kept with the shortest way to it. */
export interface Observer {
  readonly step?: (step: Step, host: Host) => string | undefined;
  readonly settled?: (settled: Settled, host: Host) => string | undefined;
  readonly world?: (world: World, host: Host) => string | undefined;
}

/** What an exploration has found. */
export interface Found {
  readonly worlds: number;
  readonly transitions: number;
  /** How many events the longest of the shortest ways took; and whether nothing new was to be found beyond it. */
  readonly depth: number;
  readonly closed: boolean;
  /** For each kind of wrong, the first way that leads to it: the shortest. */
  readonly wrongs: ReadonlyMap<string, readonly string[]>;
}

/** Every world within reach of `from`, breadth first: by any events in any order, and by a kill after any effect. */
export function explore(from: readonly World[], events: Events, host: Host, depth: number, observers: Observer): Found {
  const seen = new Set<string>(from.map(keyOf));
  const wrongs = new Map<string, string[]>();
  // The way to each world, as the event and the number of the world before it.
  const ways: { event: string; before: number }[] = from.map((_, index) => ({ event: `begin ${index}`, before: -1 }));
  const happening = Object.entries(events);
  let transitions = 0;
  let level = from.map((world, at) => ({ world, at }));
  let reached = 0;

  const wayTo = (at: number, ...more: string[]): string[] => {
    const way = more;
    for (let now = at; now >= 0; now = ways[now]?.before ?? -1) way.unshift(ways[now]?.event ?? '');
    return way;
  };

  for (; level.length > 0 && reached < depth; reached += 1) {
    const next: typeof level = [];
    for (const { world, at } of level) {
      const wrong = (what: string | undefined, ...more: string[]) => {
        if (what !== undefined && !wrongs.has(what)) wrongs.set(what, wayTo(at, ...more));
      };
      const reach = (event: string, to: World) => {
        const key = keyOf(to);
        transitions += 1;
        if (to.mistaken || seen.has(key)) return;
        seen.add(key);
        ways.push({ event, before: at });
        next.push({ world: to, at: ways.length - 1 });
      };
      wrong(observers.world?.(world, host));
      if (alive(world)) for (const cut of cutsAt(world, [world.journal, noJournal])) reach(cut.how, cut.world);
      for (const [event, happen] of happening) {
        const after = happen(world, host);
        if (after === undefined) continue;
        const settled = settle(after, host);
        for (const step of settled.steps) wrong(observers.step?.(step, host), event, step.decision.rule);
        wrong(observers.settled?.(settled, host), event);
        reach(event, settled.world);
        for (const cut of cutShort(settled)) reach(`${event}; ${cut.how}`, cut.world);
      }
    }
    level = next;
  }
  return { worlds: seen.size, transitions, depth: reached, closed: level.length === 0, wrongs };
}
