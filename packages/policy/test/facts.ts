import type { Plan } from '@chainvisor/plan';
import type { ChildFact, CurrentFact, Facts, FileFact, OpenUpgrade, StagedFact } from '../src/index.js';

export const plan = (name: string, height: number): Plan => ({ name, height, info: '' });

/** The upgrade that most rows are about, and its neighbours. */
export const V1 = plan('v1', 50);
export const V2 = plan('v2', 100);
export const V3 = plan('v3', 200);

export const names = (named: Plan): FileFact => ({ state: 'plan', plan: named });
export const cutOff: FileFact = { state: 'unreadable', reason: 'it is empty' };

export const linked = (target: string, beside?: Plan, predecessor?: string): CurrentFact => ({
  state: 'linked',
  target,
  plan: beside,
  predecessor,
});

export const runnable = (target: string, made = false): StagedFact => ({ state: 'runnable', target, made });
export const missing = (target: string): StagedFact => ({ state: 'missing', target, detail: 'no such file' });

export const alive = (over: Partial<Extract<ChildFact, { state: 'alive' }>> = {}): ChildFact => ({
  state: 'alive',
  fileChanged: false,
  liveHeight: undefined,
  settled: false,
  ...over,
});

export const ended = (over: Partial<Extract<ChildFact, { state: 'ended' }>> = {}): ChildFact => ({
  state: 'ended',
  fileChanged: false,
  liveHeight: undefined,
  by: 'itself',
  relaunched: false,
  ...over,
});

export const opened = (named: Plan, from: string, to: string): OpenUpgrade => ({ plan: named, from, to });

/** A node that was never upgraded: `genesis`, no file, nothing running, nothing known. */
export function facts(over: Partial<Facts> = {}): Facts {
  return {
    file: { state: 'absent' },
    lastGood: undefined,
    current: linked('genesis'),
    journalCurrent: undefined,
    staged: undefined,
    child: { state: 'none' },
    heights: {},
    open: undefined,
    skipHeights: [],
    manual: [],
    downloadAllowed: false,
    scriptMayBring: false,
    ...over,
  };
}

/** The file names v2, whose binary is staged; everything else as given. */
export const withV2 = (over: Partial<Facts> = {}): Facts =>
  facts({ file: names(V2), staged: runnable('upgrades/v2'), ...over });
