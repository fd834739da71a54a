import type { FindingLevel } from '../../finding.js';
import type { LintCode } from '../code.js';
import type { EnvironmentFault } from '../environment.js';
import { environmentChange } from '../environment-change.js';
import type { Draft, Rule } from '../rule.js';

interface Saying {
  readonly code: LintCode;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

const SAYINGS: Readonly<Record<EnvironmentFault, Saying>> = {
  export: {
    code: 'ENV_EXPORT',
    what: '`export` in Environment=',
    why: 'systemd is no shell: it drops the word, and within quotes the variable with it',
    mend: 'write NAME=value without export',
  },
  home: {
    code: 'ENV_HOME',
    what: "$HOME, ~ or another shell's word in the value of a variable",
    why: "systemd expands none of them, and its %h is root's home: chainvisor looks for a directory of that very name",
    mend: 'write the path in full',
  },
  spaces: {
    code: 'ENV_SPACES',
    what: 'a value with spaces is not quoted',
    why: 'systemd takes white space for the end of the assignment, and drops what follows',
    mend: 'put the whole assignment in quotes: "NAME=value with spaces"',
  },
  'quoted-list': {
    code: 'ENV_QUOTED_LIST',
    what: 'several assignments stand in one pair of quotes',
    why: 'systemd makes one variable of them, whose value has all the others in it',
    mend: 'a line Environment= for each',
  },
  unreadable: {
    code: 'ENV_UNREADABLE',
    what: 'this is no list of NAME=value',
    why: 'systemd drops what it cannot read, and with a quote that is never closed the whole line',
    mend: 'a line Environment=NAME=value for each variable',
  },
};

/** How Environment= is written. */
export const environmentLines: Rule = (subject) =>
  subject.environmentLines.flatMap((line) =>
    [...line.faults].map((fault): Draft => {
      const level: FindingLevel = line.harmful ? 'error' : 'warning';
      const changes = line.unmended.has(fault) ? [] : [environmentChange(subject, line)];
      return { ...SAYINGS[fault], level, at: line.entry, changes };
    }),
  );
