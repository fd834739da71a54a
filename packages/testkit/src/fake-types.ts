/** The SDK line that a fake binary behaves like. */
export type Profile = '0.45' | '0.47' | '0.50' | '0.53';

/** How an upgrade handler behaves. Nothing is committed where it fails. */
export interface FakeMigration {
  /** Milliseconds it takes; 0 by default. */
  readonly time?: number;
  /** `error`: the handler returns an error (the SDK panics with it up to 0.47); `panic`: it panics. */
  readonly fail?: 'error' | 'panic';
}

/** What is baked into one fake binary: which release of the daemon it is. */
export interface FakeBinary {
  readonly profile: Profile;
  /** What `version` prints. */
  readonly version: string;
  /** Plans that it can apply: v2's binary has `['v2']`, v3's `['v2', 'v3']`; the genesis binary none. */
  readonly handlers?: readonly string[];
  /**
   * Exit code of `pre-upgrade`, or the codes of its calls in order (the last one repeats; counted in the home).
   * `absent` (default): an unknown command, exit 1. `signal`: it dies by SIGKILL.
   */
  readonly preUpgrade?: number | 'absent' | 'signal' | readonly number[];
  /** Milliseconds that `pre-upgrade` takes; 0 by default. */
  readonly preUpgradeTime?: number;
  /** Its upgrade handlers; what the chain says by default. */
  readonly migration?: FakeMigration;
  /** The exact SDK version; below 0.50.10 the 0.50 profile commits the halt height itself. */
  readonly sdkVersion?: string;
  /** `start` ends by itself after so many milliseconds (0 by default), before anything else happens. */
  readonly startFailure?: { readonly code: number; readonly stderr?: string; readonly after?: number };
  /** Every command ends at once: a missing library is `{ code: 127, stderr: '…' }`. */
  readonly broken?: { readonly code: number; readonly stderr?: string };
  /** The home without `--home`. By default `$HOME/.<daemon without its d>`; homes made here bake in themselves. */
  readonly defaultHome?: string;
  /** Whether it reads `data/upgrade-info.json` at start and panics where it cannot; true by default, as in most chains. */
  readonly readsInfo?: boolean;
}

/** A scheduled upgrade. */
export interface FakePlan {
  readonly name: string;
  readonly height: number;
  readonly info?: string;
}

/** A proposal of x/gov. It does nothing by itself: what passes is scheduled by adding its plan to the chain's. */
export interface FakeProposal {
  readonly id: number;
  readonly status: 'deposit' | 'voting' | 'passed' | 'rejected' | 'failed';
  readonly title?: string;
  /** The upgrade that it would schedule. Without a plan, and where it does not cancel, it is a text. */
  readonly plan?: FakePlan;
  /** It would cancel what is scheduled. */
  readonly cancels?: boolean;
  /** Whether it came in the words of v1beta1, from SDK 0.46 on; before, all do. False by default. */
  readonly legacy?: boolean;
  /** Milliseconds since 1970. */
  readonly votingEnd?: number;
}

/** How the chain and the machine around the fake node behave: `config/fake-chain.json` of a home, read at start; plans and proposals are also read while it runs. */
export interface FakeChain {
  /** A plan that is taken out again before its height was cancelled. */
  readonly plans?: readonly FakePlan[];
  readonly proposals?: readonly FakeProposal[];
  /** Whether the chain has x/gov; true by default. */
  readonly gov?: boolean;
  /** A plan is stored so many blocks before its height, or from the first block on; 3 by default. */
  readonly scheduleLead?: number | 'start';
  /** Upgrades that the data has already seen. */
  readonly applied?: readonly { readonly name: string; readonly height: number }[];
  readonly chainId?: string;
  /** Milliseconds between blocks; 50 by default. */
  readonly blockTime?: number;
  /** The first block that is executed; 1 by default. With a greater one the home is as restored from a snapshot of the block before. */
  readonly startHeight?: number;
  /** Optimistic execution: the file is written while the block is voted on, so many milliseconds (500 for `true`) before it is stored. */
  readonly optimistic?: boolean | number;
  /** Milliseconds between truncating the upgrade-info file, its first half and its second half; 0 (one write) by default. */
  readonly writeGap?: number;
  /** `blocksync`: the node catches up and dies at a halt; `consensus` (default): it stays alive there. */
  readonly mode?: 'consensus' | 'blocksync';
  /** Whether it signs, that is whether `priv_validator_state.json` advances; true by default. */
  readonly validator?: boolean;
  /** Whether each handler brings a store of its own, so that a binary refuses data on the wrong side of its height; false by default. */
  readonly stores?: boolean;
  /** `silent` accepts and never answers; `foreign` answers as another chain's node. */
  readonly rpc?: 'on' | 'off' | 'silent' | 'foreign';
  /** Milliseconds from the process's start until the databases are opened; 0 by default. */
  readonly startTime?: number;
  /** Milliseconds that a graceful shutdown takes; 0 by default. */
  readonly shutdown?: number;
  /** SIGTERM and SIGINT have no effect. */
  readonly ignoreSigterm?: boolean;
  /** Starts a process of the same group that outlives the node and holds its streams and what the node inherited. */
  readonly grandchild?: boolean;
  readonly migration?: FakeMigration;
  readonly log?: 'plain' | 'json' | 'quiet';
  /** So many bytes of log lines on stdout, whole and blocking, before the first block of each start. */
  readonly floodBytes?: number;
  /** Ends by itself with this code, after this height is committed. */
  readonly exitAtHeight?: { readonly height: number; readonly code: number };
  /** Panics (exit 2) after this height is committed. */
  readonly crashAtHeight?: number;
  /** Up to 0.47: milliseconds from RPC on until SIGTERM no longer kills (the SDK waits 5 s for each of its servers); 0 by default. */
  readonly fullStartAfter?: number;
  /** Profile 0.47 only: milliseconds after start from which a signal ends it at once, its cleanup unfinished; 5000 as in the SDK. */
  readonly outerSignalAfter?: number;
}

interface EventBase {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly pid: number;
  /** The version baked into the binary. */
  readonly version: string;
}

/** What a fake node did: one line of `<home>/fake-events.jsonl`, in the order of happening over all processes. */
export type FakeEventBody =
  | {
      /** `start` was run. `path` is the executable as it was called, `realPath` with links resolved. */
      readonly event: 'start';
      readonly path: string;
      readonly realPath: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly ppid: number;
      readonly startTime: string;
      readonly libraryPath?: string;
    }
  /** Another command than `start` was run and ended with this code. */
  | {
      readonly event: 'command';
      readonly path: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly code: number | string;
    }
  /** The databases are locked: from here on it is the node of this home. */
  | { readonly event: 'locked' }
  /** Another process has the databases. */
  | { readonly event: 'lock-conflict' }
  /** The handshake is over; `port` is absent for a unix socket or where RPC is off. */
  | { readonly event: 'open'; readonly height: number; readonly port?: number }
  /** A block was executed and committed. A SIGKILL right after the commit can lose this line, never write it twice. */
  | { readonly event: 'block'; readonly height: number }
  /** The upgrade-info file was written whole. */
  | { readonly event: 'file'; readonly height: number; readonly name: string; readonly info?: string }
  /** No more blocks: at a plan that this binary has no handler for. A crash or a failed handshake ends the process next. */
  | {
      readonly event: 'halt';
      readonly height: number;
      readonly name: string;
      readonly as: 'zombie' | 'crash' | 'handshake';
    }
  /** No more blocks for another reason: too early, too old, a failed migration, a halt height, a height signed before. */
  | { readonly event: 'stuck'; readonly height: number; readonly reason: string }
  /** A handler begins, or has returned (its block is committed after that), or a plan is skipped. */
  | { readonly event: 'migrating' | 'applied' | 'skipped'; readonly height: number; readonly name: string }
  | { readonly event: 'signal'; readonly signal: string }
  | { readonly event: 'flooded'; readonly bytes: number }
  /** A write met EAGAIN: somebody made the node's stream non-blocking. A real node loses this write. */
  | { readonly event: 'nonblocking'; readonly fd: number }
  | { readonly event: 'grandchild'; readonly child: number; readonly startTime: string }
  /** The process ends: an exit code, or the signal that it dies by. Absent after SIGKILL. */
  | { readonly event: 'end'; readonly code: number | string };

export type FakeEvent = EventBase & FakeEventBody;
