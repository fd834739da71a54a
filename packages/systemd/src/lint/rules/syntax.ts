import { nearest } from '../distance.js';
import { knownKeys } from '../known-keys.js';
import type { Change, Draft, Rule } from '../rule.js';
import { drop } from '../rule.js';
import { settingOf } from '../as-meant.js';
import type { Misread } from '../as-meant.js';

/** Settings without which a validator does not run, or not as itself. */
const VITAL: ReadonlySet<string> = new Set(['Environment', 'EnvironmentFile', 'ExecStart', 'User', 'Restart', 'Type']);

/** Lines that are no settings. */
export const strayLines: Rule = ({ problems }) =>
  problems.flatMap((problem): Draft[] => {
    const { text, file, line } = problem;
    const at = { file, line };
    if (text.startsWith('[')) return [section(text, at)];
    if (settingOf(problem) !== undefined) return [];
    // A lone sign is an editor's slip; words may have been meant as a comment.
    const lines = /\w/.test(text) ? [`# ${text}`] : [];
    const change: Change = { do: 'line', file, line, lines };
    return [
      {
        code: 'LINE_STRAY',
        level: 'warning',
        at,
        what: `this line is no setting: ${text}`,
        why: 'systemd ignores it with a warning; whatever it was meant to say does not count',
        mend: lines.length === 0 ? 'delete it' : 'delete it, or make it a comment with a # in front',
        changes: [change],
      },
    ];
  });

function section(text: string, at: { file: string | undefined; line: number }): Draft {
  const name = text.replace(/^\[|\]$/g, '');
  const right = nearest(name, knownKeys.keys());
  const changes: Change[] = right === undefined ? [] : [{ do: 'line', ...at, lines: [`[${right}]`] }];
  return {
    code: 'SECTION_UNKNOWN',
    level: right === undefined && text.endsWith(']') ? 'warning' : 'error',
    at,
    what: `systemd knows no section ${text}`,
    why: text.endsWith(']')
      ? 'it ignores every setting below, up to the next section'
      : 'a section that is not closed makes systemd refuse the whole file',
    mend: right === undefined ? 'a service has [Unit], [Service] and [Install]' : `write [${right}]; then lint again`,
    changes,
  };
}

/** Keys that systemd does not know, or not there. */
export const misreadKeys: Rule = ({ misread }) => misread.map(keyDraft);

function keyDraft({ written, meaning, isIdle }: Misread): Draft {
  const { key, section: place, file, line } = written;
  const { entry, why } = meaning;
  const at = { file, line };
  const level = entry !== undefined && !isIdle && VITAL.has(entry.key) ? 'error' : 'warning';
  const changes: Change[] = entry === undefined ? [] : [isIdle ? drop(written) : { do: 'as-meant', entry }];
  const target = entry === undefined ? '' : `${entry.key}= in [${entry.section}]`;
  const mend = isIdle ? `delete the line: another one for ${target} counts` : `write ${target}`;

  if (place === '') {
    return {
      code: 'LINE_WITHOUT_SECTION',
      level,
      at,
      what: `${key}= stands before the first section`,
      why: 'systemd ignores it',
      mend,
      changes,
    };
  }
  if (why === 'legacy') {
    return {
      code: 'KEY_LEGACY',
      level: 'note',
      at,
      what: `${key}= in [${place}] is a name of old times`,
      why: `systemd still takes it, for the sake of old units; but in [Service] it ignores StartLimitIntervalSec=, and the two get mixed up`,
      mend,
      changes,
    };
  }
  if (why === 'place') {
    return {
      code: 'KEY_SECTION',
      level,
      at,
      what: `${key}= does nothing in [${place}]`,
      why: 'systemd ignores a key that stands in the wrong section, with a warning in the journal only',
      mend,
      changes,
    };
  }
  return {
    code: 'KEY_UNKNOWN',
    level,
    at,
    what: `systemd knows no ${key}= in [${place}]`,
    why: 'it ignores the line, with a warning in the journal only; capitals matter in keys',
    mend: entry === undefined ? `take the line out, or name it X-${key}= where it is for another tool` : mend,
    changes,
  };
}
