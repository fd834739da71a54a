import { describe, expect, it } from 'vitest';
import { mendUnit } from '../src/index.ts';
import type { FindingLevel, LintCode, LintContext } from '../src/index.ts';
import { codes, context, errors, lint, mend, unitWith } from './lint-units.ts';
import type { Change } from './lint-units.ts';

/** One mistake in a unit that is right in all else: its code, its level, what the mended unit says (or that only the operator can). */
export type Case = readonly [
  title: string,
  change: Change,
  code: LintCode,
  level: FindingLevel,
  mended: string | undefined,
  more?: LintContext,
];

export const VARIABLES = ['Environment=DAEMON_NAME=palomad', 'Environment=DAEMON_HOME=/home/paloma/.paloma'] as const;
export const CHAINVISOR = 'ExecStart=/usr/local/bin/chainvisor run start';

/** What a profile sets. */
export const given = (values: Record<string, string>): NonNullable<LintContext['profile']> =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, source: '/home/paloma/.profile' }]));

/** Another command. */
export const start = (command: string): Change => ({ service: [`ExecStart=${command}`] });

/** Each is found alone, and mended for good. */
export function checkCases(cases: readonly Case[]): void {
  const named = cases.map(([title, change, code, level, mended, known = context]) => ({
    ...{ title, change, code, level, mended, known },
  }));

  describe.each(named)('$title', ({ change, code, level, mended, known }) => {
    const text = unitWith(change);

    it(`is found, as ${code}, and nothing else is`, () => {
      const findings = lint(text, known);
      expect(findings.map((finding) => [finding.code, finding.level])).toEqual([[code, level]]);
    });

    it('is mended, or left to the operator', () => {
      const finding = lint(text, known).find((one) => one.code === code);
      if (mended === undefined) {
        expect(finding?.edits).toEqual([]);
        return;
      }
      const after = mendUnit(text, finding === undefined ? [] : [finding]);
      expect(after).toContain(mended);
      expect(codes(lint(after, known))).not.toContain(code);
      expect(codes(errors(lint(after, known)))).toEqual([]);
      expect(mend(after, known)).toBe(after);
    });
  });
}
