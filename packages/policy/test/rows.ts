import type { Action, Facts, Rule } from '../src/index.js';
import { V1, V2, V3, linked, opened, runnable } from './facts.js';

/** A row: what is so, and what is to be done; `notes` as "level about". */
export type Row = readonly [title: string, facts: Facts, rule: Rule, action: Action, notes?: readonly string[]];

export const run: Action = { do: 'run', haltFor: undefined };
export const watch: Action = { do: 'watch' };
export const end: Action = { do: 'end' };
export const restore: Action = { do: 'restore-file' };
export const link = (target: string): Action => ({ do: 'link', target });
export const byHeight = (source: 'status' | 'recorded' | 'wal' | 'validator', height: number) =>
  ({ by: 'height', source, height }) as const;
export const byEnd = (liveHeight: number | undefined) => ({ by: 'end-of-node', liveHeight }) as const;
type Upgrade = Extract<Action, { do: 'upgrade' }>;
export const upgrade = (proof: Upgrade['proof'], to = V2, binary: Upgrade['binary'] = 'staged'): Action => ({
  do: 'upgrade',
  plan: to,
  proof,
  binary,
});
export const binaryMissing = (to = V2, target = 'upgrades/v2', detail = 'no such file'): Action => ({
  do: 'refuse',
  refusal: { why: 'binary-missing', plan: to, target, detail },
});
export const lost = (target: string): Action => ({ do: 'refuse', refusal: { why: 'current-lost', target } });
export const notALink: Action = { do: 'refuse', refusal: { why: 'current-not-a-link', kind: 'directory' } };
export const directory = { state: 'not-a-link', kind: 'directory' } as const;
export const absent = { state: 'absent' } as const;
export const gone = (target: string) => ({ state: 'dangling', target }) as const;
export const journal = (target: string, canRun: boolean, height?: number) => ({ target, runnable: canRun, height });
export const open = opened(V2, 'genesis', 'upgrades/v2');
export const onV1 = linked('upgrades/v1', V1, 'genesis');
export const onV2 = linked('upgrades/v2', V2, 'upgrades/v1');
export const manualV2 = { plan: V2, staged: runnable('upgrades/v2') };
export const manualV3 = { plan: V3, staged: runnable('upgrades/v3') };
export const pending = (to = V2): Action => ({ do: 'run', haltFor: to });
export const passed = (height: number, to = V2): Action => ({
  do: 'refuse',
  refusal: { why: 'manual-passed', plan: to, height },
});
export const changedUnder = { fileChanged: true } as const;

/** Every rule there is; the compiler sees to it. */
export const rules: Record<Rule, true> = {
  'current-not-a-link': true,
  unfinished: true,
  'file-unreadable': true,
  'current-absent': true,
  'skipped-back': true,
  'nothing-new': true,
  skipped: true,
  'file-older': true,
  due: true,
  'due-binary-missing': true,
  unproven: true,
  'manual-pending': true,
  'manual-due': true,
  'manual-passed': true,
};
