import type { Decision, Note } from './decision.js';
import { due } from './due.js';
import type { ChildFact, CurrentFact, Facts } from './facts.js';
import { decideManual } from './manual.js';
import { knownHeight, proofOf } from './proof.js';
import { isSkipped } from './words.js';

type Loose = Exclude<CurrentFact, { state: 'linked' }>;
type Alive = Extract<ChildFact, { state: 'alive' }>;

/**
 * `current` is absent or dangling: the journal's word, else the file's plan where it is staged (and its height proven and
 * above that of another binary that the journal knows of, which is gone), else `genesis`.
 */
export function decideCurrent(facts: Facts, current: Exclude<Loose, { state: 'not-a-link' }>, notes: Note[]): Decision {
  const link = (target: string, why: string): Decision => {
    const dangles = current.state === 'dangling';
    const was = dangles ? `current points to ${current.target}, which is gone` : 'there is no current link';
    notes.push({
      level: dangles ? 'warning' : 'info',
      about: 'current',
      text: `${was}: it is set to ${target}, ${why}`,
    });
    return { action: { do: 'link', target }, rule: 'current-absent', notes };
  };
  const { journalCurrent: journal, file, staged } = facts;
  if (journal?.runnable === true) return link(journal.target, 'as recorded');
  const isNext = file.state === 'plan' && staged?.state === 'runnable' && !isSkipped(facts, file.plan);
  // Where what ran is on record, the file's plan may be one that is still to come, or one that came before.
  const follows =
    journal === undefined ||
    (file.state === 'plan' &&
      file.plan.height > (journal.height ?? 0) &&
      proofOf(facts, file.plan.height) !== undefined);
  if (isNext && follows) {
    return link(staged.target, 'the plan that upgrade-info.json names');
  }
  // What ran here is known and gone: to start anything older on this data would be a guess.
  const lost =
    journal?.target ?? (current.state === 'dangling' && current.target === 'genesis' ? 'genesis' : undefined);
  if (lost !== undefined) {
    const refusal = { why: 'current-lost', target: lost } as const;
    return { action: { do: 'refuse', refusal }, rule: 'current-absent', notes };
  }
  return link('genesis', 'as nothing else is known');
}

/**
 * `current` came loose under a live child: which plan that child is for can no longer be read. It is left running until
 * something is due; then what is not a link is refused, as no rename can replace it.
 */
export function decideLoose(facts: Facts, child: Alive, current: Loose): Decision {
  const rule = current.state === 'not-a-link' ? 'current-not-a-link' : 'current-absent';
  const watch: Decision = { action: { do: 'watch' }, rule, notes: [] };
  const decision = decideManual(facts, haltedFor(facts, child) ?? watch);
  if (decision.action.do !== 'upgrade' || current.state !== 'not-a-link') return decision;
  return { ...decision, rule, action: { do: 'refuse', refusal: { why: 'current-not-a-link', kind: current.kind } } };
}

/**
 * Whether a live child has halted for a plan that is not its own: the file changed under it to name a plan other than
 * the one recorded, and no block above that is known, as a binary that can execute it would have made.
 */
function haltedFor(facts: Facts, child: Alive): Decision | undefined {
  const { file, staged, journalCurrent: journal } = facts;
  if (file.state !== 'plan' || !child.fileChanged || isSkipped(facts, file.plan)) return undefined;
  if (journal !== undefined && (staged?.target === journal.target || (journal.height ?? 0) >= file.plan.height)) {
    return undefined;
  }
  const known = knownHeight(facts);
  if (known !== undefined && known > file.plan.height) return undefined;
  const proof = proofOf(facts, file.plan.height);
  return proof && due(facts, file.plan, staged, proof);
}
