import type { Plan } from '@chainvisor/plan';
import type { OpenUpgrade } from './facts.js';
import type { Proof } from './proof.js';

/** What to do next. `link` and `restore-file` change the disk and ask for a new decision on the facts that result. */
export type Action =
  /** Start what `current` points to; with `haltFor`, so that it stops exactly before that manual upgrade. */
  | { readonly do: 'run'; readonly haltFor: Plan | undefined }
  /** A child is alive: let it be. */
  | { readonly do: 'watch' }
  /** The child has ended and nothing calls for another start: pass its ending on. */
  | { readonly do: 'end' }
  | { readonly do: 'link'; readonly target: string }
  | { readonly do: 'restore-file' }
  | { readonly do: 'finish'; readonly upgrade: OpenUpgrade }
  | {
      readonly do: 'upgrade';
      readonly plan: Plan;
      readonly proof: Proof;
      readonly binary: 'staged' | 'download' | 'script';
    }
  | { readonly do: 'refuse'; readonly refusal: Refusal };

/** Why nothing can be run. */
export type Refusal =
  | { readonly why: 'current-not-a-link'; readonly kind: string }
  | { readonly why: 'current-lost'; readonly target: string }
  | { readonly why: 'binary-missing'; readonly plan: Plan; readonly target: string; readonly detail: string }
  | { readonly why: 'manual-passed'; readonly plan: Plan; readonly height: number };

/** The row of the decision table that matched. */
export type Rule =
  | 'current-not-a-link'
  | 'unfinished'
  | 'file-unreadable'
  | 'current-absent'
  | 'skipped-back'
  | 'nothing-new'
  | 'skipped'
  | 'file-older'
  | 'due'
  | 'due-binary-missing'
  | 'unproven'
  | 'manual-pending'
  | 'manual-due'
  | 'manual-passed';

/** Something the operator should read, worded; the caller decides how often. */
export interface Note {
  readonly level: 'info' | 'warning';
  readonly about:
    | 'abandoned'
    | 'file-unreadable'
    | 'file-restored'
    | 'current'
    | 'skipped'
    | 'file-older'
    | 'moved'
    | 'unproven'
    | 'passed'
    | 'manual-passed';
  readonly text: string;
}

/** A decision: the action, the row that gave it, and what to tell. */
export interface Decision {
  readonly action: Action;
  readonly rule: Rule;
  readonly notes: readonly Note[];
}
