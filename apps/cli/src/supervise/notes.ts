import type { Decision } from '@chainvisor/policy';
import type { Log } from '../log/log.js';

/** Says what the policy has to say, each thing once until it says something else about the same. */
export interface Notes {
  tell(decision: Decision): void;
}

/** Makes the memory of what was said. */
export function createNotes(log: Log): Notes {
  const said = new Map<string, string>();
  return {
    tell: ({ notes }) => {
      for (const { about, level, text } of notes) {
        if (said.get(about) === text) continue;
        said.set(about, text);
        if (level === 'warning') log.warn(text);
        else log.info(text);
      }
    },
  };
}
