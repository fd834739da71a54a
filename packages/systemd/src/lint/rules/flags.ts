import type { Draft, Rule } from '../rule.js';
import { flagOf, LOST_FLAGS } from '../start.js';

/** Flags that are chainvisor's own, and so in no binary's help. */
const OUR_FLAGS: ReadonlySet<string> = new Set(['cosmovisor-config']);

/** Flags of the node that a binary does not know. */
export const lostFlags: Rule = ({ start, context, variables }) => {
  if (start === undefined || start.isStager) return [];
  const drafts: Draft[] = [];
  for (const word of new Set(start.nodeArguments)) {
    const flag = flagOf(word);
    if (flag === undefined || OUR_FLAGS.has(flag)) continue;
    const strangers = [...(context.flags ?? [])].filter(([, known]) => !known.has(flag)).map(([name]) => name);
    const isLost = LOST_FLAGS.includes(flag);
    if (strangers.length === 0 && (context.flags !== undefined || !isLost)) continue;
    drafts.push({
      code: 'FLAG_LOST',
      level: strangers.length > 0 ? 'error' : 'warning',
      at: start.entry,
      what:
        strangers.length > 0
          ? `--${flag} is unknown to the binary of ${strangers.join(', ')}`
          : `--${flag} is gone in newer SDKs, with the module it belonged to`,
      why: 'a node ends at once over a flag that it does not know: after the upgrade it would not start',
      mend: isLost
        ? 'take it out: a node that is in sync does not need it'
        : 'find out what replaces it, before the upgrade is due',
      changes: isLost && start.lines.length > 0 ? [{ do: 'set', entry: start.entry, lines: start.lines }] : [],
    });
  }

  const home = homeOf(start.nodeArguments);
  const watched = variables.get('DAEMON_HOME')?.value;
  const isPlain = (path: string | undefined): path is string => path?.startsWith('/') === true && !/[$%]/.test(path);
  if (isPlain(home) && isPlain(watched) && trimmed(home) !== trimmed(watched)) {
    drafts.push({
      code: 'HOME_DIFFERS',
      level: 'error',
      at: start.entry,
      what: `the node's --home is ${home}, and DAEMON_HOME is ${watched}`,
      why: 'chainvisor looks for upgrades in DAEMON_HOME: it never sees those of a node that lives elsewhere',
      mend: 'make both the same: the directory whose data the node uses',
      changes: [],
    });
  }
  return drafts;
};

function homeOf(words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => /^--home(?:=|$)/.test(word));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === '--home' ? words[at + 1] : word.slice('--home='.length);
}

const trimmed = (path: string): string => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
