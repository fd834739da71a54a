import type { Plan } from '@chainvisor/plan';

/** What `data/upgrade-info.json` holds right now. */
export type FileFact =
  | { readonly state: 'absent' }
  /** Empty, cut off, malformed, or not to be read at all. */
  | { readonly state: 'unreadable'; readonly reason: string }
  | { readonly state: 'plan'; readonly plan: Plan };

/** What `cosmovisor/current` points to. `target` is `genesis`, `upgrades/<directory>`, or an absolute path outside. */
export type CurrentFact =
  | { readonly state: 'absent' }
  | { readonly state: 'dangling'; readonly target: string }
  | { readonly state: 'not-a-link'; readonly kind: string }
  /** `plan` is the `upgrade-info.json` beside the binary; `predecessor` what ran before it, as recorded. */
  | {
      readonly state: 'linked';
      readonly target: string;
      readonly plan: Plan | undefined;
      readonly predecessor: string | undefined;
    };

/**
 * The child that we started, if any. Nothing here speaks of processes that somebody else started. While it lives, `current`
 * is what it runs, also where the link was moved by hand since: that counts at the next start.
 */
export type ChildFact =
  | { readonly state: 'none' }
  | {
      readonly state: 'alive';
      /** The file changed after this child was spawned; a rewrite with the same bytes counts. */
      readonly fileChanged: boolean;
      /** Block height that this very child (by its node id) has told over RPC; undefined when it never answered. */
      readonly liveHeight: number | undefined;
      /** The settle time has passed since the file last changed, and the node has been asked since and did not answer. */
      readonly settled: boolean;
    }
  | {
      readonly state: 'ended';
      readonly fileChanged: boolean;
      readonly liveHeight: number | undefined;
      /** `operator`: a signal of the operator, relayed or ours, ended it; its end then proves nothing. */
      readonly by: 'itself' | 'operator';
      /** It was itself a second try over a file that nothing had proven: there is no third. */
      readonly relaunched: boolean;
    };

/** Heights that are known without asking a live node. Each is a lower bound: it proves "reached", never "not yet". */
export interface OfflineHeights {
  readonly recorded?: number | undefined;
  readonly wal?: number | undefined;
  readonly validator?: number | undefined;
}

/** The binary of some plan as it lies on disk; `target` is the directory it belongs in, as `current` would name it. */
export type StagedFact =
  | {
      readonly state: 'runnable';
      readonly target: string;
      /** The plan is beside its binary, which `current` was switched to before; and not from where it points now. */
      readonly made: boolean;
    }
  | { readonly state: 'missing' | 'not-runnable'; readonly target: string; readonly detail: string };

/** A recorded upgrade that was begun and neither finished nor abandoned. */
export interface OpenUpgrade {
  readonly plan: Plan;
  /** Where `current` pointed when it began, and where it is to point. */
  readonly from: string;
  readonly to: string;
}

/** Everything that the decision rests on, as values. */
export interface Facts {
  readonly file: FileFact;
  /** Whether the bytes of the last file that parsed are on record and could be put back. */
  readonly lastGood: Plan | undefined;
  readonly current: CurrentFact;
  /** Where the journal says `current` pointed last, whether that can run, and the height of its upgrade as recorded. */
  readonly journalCurrent:
    { readonly target: string; readonly runnable: boolean; readonly height: number | undefined } | undefined;
  /** The binary of the file's plan; undefined where the file names none, or one whose name gives no directory. */
  readonly staged: StagedFact | undefined;
  readonly child: ChildFact;
  readonly heights: OfflineHeights;
  readonly open: OpenUpgrade | undefined;
  /** Heights named by `--unsafe-skip-upgrades`, all spellings resolved. */
  readonly skipHeights: readonly number[];
  /** Upgrades at heights that the operator has set, ascending. */
  readonly manual: readonly { readonly plan: Plan; readonly staged: StagedFact }[];
  /** How a binary that is not there may still come: a download, or the operator's own script. */
  readonly downloadAllowed: boolean;
  readonly scriptMayBring: boolean;
}
