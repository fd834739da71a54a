import type { Finding } from '../finding.js';
import type { Unit } from '../unit.js';
import type { LintCode } from './code.js';
import type { LintContext } from './context.js';
import { decide, editsOf } from './edits.js';
import type { Draft, Rule } from './rule.js';
import { serviceRules, supervisorRules, syntaxRules } from './rules.js';
import { strayLines } from './rules/syntax.js';
import { unreadableValues } from './rules/values.js';
import { isCompanion } from './start.js';
import { subjectOf } from './subject.js';
import type { Subject } from './subject.js';

/**
 * The mistakes of a unit that are known to have cost validators blocks or upgrades, in the order of its lines; what is
 * missing comes last. It never throws, whatever the unit holds. A unit without any finding is not thereby a good one.
 * @param unit With its drop-ins, where there are any: see `mergeUnits`.
 */
export function lintUnit(unit: Unit, context: LintContext = {}): readonly Finding<LintCode>[] {
  const subject = subjectOf(unit, context);
  const drafts = rulesFor(subject).flatMap((rule) => rule(subject));
  const decided = decide(drafts);
  return inOrder(drafts, subject).map((draft) => findingOf(draft, subject, decided));
}

function rulesFor(subject: Subject): readonly Rule[] {
  const { context, unit, start, problems } = subject;
  // Where a section is not closed, what follows seems to belong to the one before.
  if (problems.some(({ text }) => text.startsWith('[') && !text.endsWith(']'))) return [strayLines];
  const isService = context.unitName === undefined || context.unitName.endsWith('.service');
  const sections = new Set(unit.entries.map(({ section }) => section));
  const isOther = ['Timer', 'Socket', 'Path', 'Mount'].some((section) => sections.has(section));
  if (!isService || isOther) return syntaxRules;
  // While a section cannot be read, all that stands in it seems to be missing.
  if (problems.some(({ text }) => text.startsWith('['))) return syntaxRules;
  if (!sections.has('Service')) return [...syntaxRules, noService];
  if (start !== undefined && isCompanion(start)) return [...syntaxRules, unreadableValues];
  if (start?.isStager === true) return [...syntaxRules, ...serviceRules];
  return [...syntaxRules, ...serviceRules, ...supervisorRules];
}

const noService: Rule = () => [
  {
    code: 'SECTION_MISSING',
    level: 'error',
    at: undefined,
    what: 'there is no [Service] section',
    why: 'systemd has nothing to start',
    mend: 'start over: `chainvisor systemd render` prints a whole unit',
    changes: [],
  },
];

function findingOf(draft: Draft, subject: Subject, decided: ReturnType<typeof decide>): Finding<LintCode> {
  const { code, level, at, what, why, mend, changes } = draft;
  const edits = changes.flatMap((change) => editsOf(change, subject, decided));
  return { code, level, file: at?.file ?? subject.file, line: at?.line, what, why, mend, edits };
}

/** By file, then by line; what is missing comes last. */
function inOrder(drafts: readonly Draft[], { unit, problems }: Subject): readonly Draft[] {
  const files = [...new Set([...unit.entries, ...problems].map(({ file }) => file))];
  const rank = ({ at }: Draft): number => (at === undefined ? Infinity : files.indexOf(at.file));
  const line = ({ at }: Draft): number => at?.line ?? 0;
  return drafts.toSorted((one, other) => {
    const [first, second] = [rank(one), rank(other)];
    return first === second ? line(one) - line(other) : first - second;
  });
}
