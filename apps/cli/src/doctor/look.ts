import { reasonOf } from '@chainvisor/report';
import { leaveRoot } from '@chainvisor/staging';
import { binaries } from './binaries.js';
import { type Check, checker, type Topic } from './check.js';
import { clock } from './clock.js';
import { environment } from './environment.js';
import type { Facts } from './facts.js';
import { type Asked, gatherFacts } from './gather.js';
import { layout } from './layout.js';
import { leftovers } from './leftovers.js';
import { limits } from './limits.js';
import { ports } from './ports.js';
import { space } from './space.js';
import { unit } from './unit.js';
import { update } from './update.js';
import { validator } from './validator.js';
import { versions } from './versions.js';
import { Overdue, within } from './within.js';

/** What was looked at. */
export interface Subject {
  /** The unit's name, and its file; null where there is none. */
  readonly unit: { readonly name: string; readonly file: string } | null;
  readonly home: string | null;
  readonly daemon: string | null;
}

/** What the one who looks tells as it goes: the subject, then each topic as it is done, then the end. */
export type Told =
  | { readonly kind: 'subject'; readonly subject: Subject }
  | { readonly kind: 'checks'; readonly topic: Topic; readonly checks: readonly Check[] }
  | { readonly kind: 'done' };

type Look = (facts: Facts) => Promise<readonly Check[]>;

const table: Readonly<Record<Topic, Look>> = {
  unit,
  environment,
  layout,
  ports,
  validator,
  binaries,
  space,
  clock,
  limits,
  leftovers,
  update,
};

/** In milliseconds: with the time for the versions of binaries, all of it stays below a minute. */
const gatherFor = 20_000;
const topicFor = 20_000;
const versionsFor = 12_000;

/**
 * Looks at everything and tells it. A topic that fails is a warning that says why, and never ends the others. As root it
 * becomes the user of the home in the end, for good, and only then runs what is staged there. Throws where the unit that was asked for is not there.
 */
export async function look(asked: Asked, tell: (told: Told) => void): Promise<void> {
  const end = new AbortController();
  const facts = await within(gatherFor, gatherFacts(asked, end.signal)).catch((error: unknown) => {
    if (error instanceof Overdue) return undefined;
    throw error;
  });
  // Who asks takes each topic that nothing was told of for one that did not answer.
  if (facts === undefined) {
    tell({ kind: 'done' });
    return;
  }
  tell({ kind: 'subject', subject: subjectOf(facts) });
  const names = Object.keys(table) as Topic[];
  const said = new Map<Topic, readonly Check[]>();
  await Promise.all(
    names.map(async (topic) => {
      const checks = await checksOf(topic, facts, table[topic], topicFor);
      said.set(topic, checks);
      tell({ kind: 'checks', topic, checks });
    }),
  );
  const last = await checksOf('binaries', facts, versionsAsUser, versionsFor);
  tell({ kind: 'checks', topic: 'binaries', checks: [...(said.get('binaries') ?? []), ...last] });
  end.abort();
  tell({ kind: 'done' });
}

async function versionsAsUser(facts: Facts): Promise<readonly Check[]> {
  if (facts.home !== undefined) leaveRoot(facts.home.layout);
  return versions(facts);
}

async function checksOf(topic: Topic, facts: Facts, of: Look, limit: number): Promise<readonly Check[]> {
  try {
    return await within(limit, of(facts));
  } catch (error) {
    const what = topic === 'binaries' ? 'the binaries could not all be looked at' : `${topic} could not be looked at`;
    return [checker(topic).warning(what, { why: reasonOf(error) })];
  }
}

function subjectOf({ unit: found, settings }: Facts): Subject {
  return {
    unit: found === undefined ? null : { name: found.service.name, file: found.service.files[0].path },
    home: settings?.values.daemonHome ?? null,
    daemon: settings?.values.daemonName ?? null,
  };
}
