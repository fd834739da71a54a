import type { Decision } from '@chainvisor/policy';
import type { Log } from '../log/log.js';

/** Says each thing once until it says something else about the same. */
export interface Notes {
  /** What the policy has to say. */
  readonly tell: (decision: Decision) => void;
  readonly say: (level: keyof Log, about: string, text: string) => void;
}

/** Makes the memory of what was said. */
export function createNotes(log: Log): Notes {
  const said = new Map<string, string>();
  const say: Notes['say'] = (level, about, text) => {
    if (said.get(about) === text) return;
    said.set(about, text);
    log[level](text);
  };
  return {
    say,
    tell: ({ notes }) => {
      for (const { about, level, text } of notes) say(level === 'warning' ? 'warn' : 'info', about, text);
    },
  };
}
