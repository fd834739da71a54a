import { type Plan, samePlan } from '@chainvisor/plan';
import { decideCurrent, decideLoose } from './current.js';
import type { Action, Decision, Note, Rule } from './decision.js';
import { due } from './due.js';
import type { CurrentFact, Facts } from './facts.js';
import { decideManual } from './manual.js';
import { knownHeight, proofOf } from './proof.js';
import { describe, isSkipped } from './words.js';

type Linked = Extract<CurrentFact, { state: 'linked' }>;

/**
 * The heart of the supervisor: from facts to the next action. Pure, total, and asked anew at every start and on every
 * new fact. First match wins, in the order of the decision table (docs/architecture.md); a manual upgrade is considered
 * wherever the table would otherwise run or leave running what `current` points to.
 */
export function decide(facts: Facts): Decision {
  const notes: Note[] = [];
  const warn = (about: Note['about'], text: string) => notes.push({ level: 'warning', about, text });
  const decision = (rule: Rule, action: Action): Decision => ({ action, rule, notes });
  const { file, current, child, lastGood } = facts;

  // An ending that the operator asked for is final, whatever the file says: the next start decides.
  if (child.state === 'ended' && child.by === 'operator') return decision('nothing-new', { do: 'end' });
  if (child.state === 'alive' && current.state !== 'linked') return decideLoose(facts, child, current);
  if (current.state === 'not-a-link') {
    return decision('current-not-a-link', { do: 'refuse', refusal: { why: 'current-not-a-link', kind: current.kind } });
  }

  if (facts.open !== undefined && child.state === 'none') {
    const obstacle = obstacleToFinish(facts, facts.open.plan);
    if (obstacle === undefined) return decision('unfinished', { do: 'finish', upgrade: facts.open });
    warn('abandoned', `the unfinished upgrade ${describe(facts.open.plan)} is abandoned: ${obstacle}`);
  }

  if (file.state === 'unreadable' && mayRunAgain(child)) {
    const unreadable = `upgrade-info.json cannot be read (${file.reason}) and`;
    if (lastGood !== undefined) {
      const text = `${unreadable} nobody is left to finish it: the last good one, ${describe(lastGood)}, is put back`;
      warn('file-restored', text);
      return decision('file-unreadable', { do: 'restore-file' });
    }
    warn('file-unreadable', `${unreadable} no good one is on record`);
  }

  if (current.state !== 'linked') return decideCurrent(facts, current, notes);

  const back = decideSkipBack(facts, current, notes);
  if (back !== undefined) return back;
  return decideManual(facts, decideFile(facts, current, notes));
}

/** The rows that compare the file with what `current` is. */
function decideFile(facts: Facts, current: Linked, notes: Note[]): Decision {
  const decision = (rule: Rule, action: Action): Decision => ({ action, rule, notes });
  const { file, child } = facts;
  if (file.state === 'unreadable' && child.state !== 'alive') return decision('file-unreadable', restOrAgain(child));
  if (file.state !== 'plan') return decision('nothing-new', rest(child));
  const { plan } = file;
  if (current.plan !== undefined && samePlan(plan, current.plan)) return decision('nothing-new', rest(child));
  if (isSkipped(facts, plan)) {
    notes.push({
      level: 'info',
      about: 'skipped',
      text: `${describe(plan)} is skipped: --unsafe-skip-upgrades names its height, or has done so when it was passed`,
    });
    return decision('skipped', rest(child));
  }
  if (current.plan !== undefined && plan.height < current.plan.height) {
    const text = `upgrade-info.json names ${describe(plan)}, older than ${describe(current.plan)} that ${current.target} is for: never switched backwards`;
    notes.push({ level: 'warning', about: 'file-older', text });
    return decision('file-older', rest(child));
  }
  // Its binary runs already, linked without its plan beside it, and has not halted: the next start records it.
  const runsIt = current.plan === undefined && current.target === facts.staged?.target;
  if (runsIt && child.state === 'alive' && !child.fileChanged) return decision('nothing-new', rest(child));
  if (isMovedSince(facts, current)) {
    const text = `${describe(plan)} that upgrade-info.json names was switched to before, and current was pointed to ${current.target} since, by hand: it runs; put the plan's upgrade-info.json beside its binary`;
    notes.push({ level: 'warning', about: 'moved', text });
    return decision('nothing-new', rest(child));
  }
  const proof = proofOf(facts, plan.height);
  if (proof === undefined) {
    const text = `upgrade-info.json names ${describe(plan)}, not proven to be reached: ${current.target} runs until it is`;
    // Where `current` was linked to the file's own plan there is nothing to wait for.
    if (!runsIt) notes.push({ level: 'info', about: 'unproven', text });
    // A node that ended over a file it may have written replays the height, writes it again and ends again: proof (b).
    return decision('unproven', restOrAgain(child));
  }
  const { action, rule } = due(facts, plan, facts.staged, proof);
  // A node that makes blocks above the height is not stopped for want of a binary: what runs may well be that version.
  if (action.do === 'refuse' && child.state === 'alive' && (child.liveHeight ?? 0) > plan.height) {
    const text = `the node is past ${describe(plan)} that upgrade-info.json names, ${current.target} has no record of it and no binary is staged: nothing is switched; where ${current.target} is that version, put a copy of the file beside its binary`;
    notes.push({ level: 'warning', about: 'passed', text });
    return decision('nothing-new', rest(child));
  }
  return decision(rule, action);
}

/**
 * Whether the operator has moved `current` on since the file's upgrade was made, to a directory without a plan (a patch
 * release, say): to upgrade would be to go back. A node that halts for the file's plan writes it anew, and says otherwise.
 */
function isMovedSince({ staged, child }: Facts, { target, plan }: Linked): boolean {
  if (plan !== undefined || target === 'genesis' || staged?.state !== 'runnable') return false;
  return staged.made && staged.target !== target && (child.state === 'none' || !child.fileChanged);
}

/** What no longer holds of the conditions under which a recorded upgrade may be finished; undefined when all hold. */
function obstacleToFinish({ file, current, open, skipHeights }: Facts, plan: Plan): string | undefined {
  if (file.state === 'absent') return 'upgrade-info.json is gone';
  if (file.state === 'unreadable') return `upgrade-info.json cannot be read (${file.reason})`;
  if (!samePlan(file.plan, plan)) return `upgrade-info.json now names ${describe(file.plan)}`;
  if (skipHeights.includes(plan.height)) return `height ${plan.height} is to be skipped`;
  if (current.state !== 'linked') return 'current does not point to a directory any more';
  if (current.target !== open?.from && current.target !== open?.to) return `current was moved to ${current.target}`;
  return undefined;
}

/** Before a start, where `current` is for an upgrade that is now to be skipped: back, unless a block above it is known. */
function decideSkipBack(facts: Facts, { plan, predecessor, target }: Linked, notes: Note[]): Decision | undefined {
  if (facts.child.state !== 'none' || plan === undefined || !isSkipped(facts, plan)) return undefined;
  const warn = (text: string) => notes.push({ level: 'warning', about: 'skipped', text });
  const what = `${describe(plan)} is to be skipped`;
  if ((knownHeight(facts) ?? 0) > plan.height) {
    warn(
      `${what}, but blocks above it are known: ${target} goes on; where the data is older than that, say which binary belongs to it: chainvisor use`,
    );
    return undefined;
  }
  if (predecessor === undefined || predecessor === target) return undefined;
  warn(`${what} and no block above it is known: back to ${predecessor}`);
  return { action: { do: 'link', target: predecessor }, rule: 'skipped-back', notes };
}

/** The action where nothing is new: run, leave running, or pass the ending on. */
function rest(child: Facts['child']): Action {
  switch (child.state) {
    case 'none':
      return { do: 'run', haltFor: undefined };
    case 'alive':
      return { do: 'watch' };
    case 'ended':
      return { do: 'end' };
  }
}

function restOrAgain(child: Facts['child']): Action {
  return mayRunAgain(child) ? { do: 'run', haltFor: undefined } : rest(child);
}

/** One more start is worth it: nothing ran yet, or what ran ended over a file that changed under it, for the first time. */
function mayRunAgain(child: Facts['child']): boolean {
  return child.state === 'none' || (child.state === 'ended' && child.fileChanged && !child.relaunched);
}
