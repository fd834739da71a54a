import type { Layout } from '@chainvisor/layout';
import type { History } from '../journal/history.js';
import type { Settings } from '../settings.js';
import type { Account } from './account.js';
import type { Alive } from './alive.js';
import type { NodeFacts } from './node-facts.js';
import type { UnitFacts } from './unit-facts.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What was found of a set-up before its topics are looked at. */
export interface Facts {
  /** The unit that counts; undefined where there is none. */
  readonly unit: UnitFacts | undefined;
  /** Why there is none, or why this one of several. */
  readonly choice: string | undefined;
  /** The environment of this invocation. */
  readonly invocation: Env;
  /** The environment that a supervisor gets: the unit's, else that of the invocation. */
  readonly env: Env;
  /** The config.toml that a supervisor is told to read. */
  readonly configPath: string | undefined;
  /** The settings as far as they can be read. */
  readonly settings: Settings | undefined;
  /** What is wrong with them, a line each. */
  readonly problems: readonly string[];
  /** The user that a supervisor runs as; undefined where the unit's is no user of this machine. */
  readonly account: Account | undefined;
  /** The home, where it is known and can be looked into. */
  readonly home: HomeFacts | undefined;
  /** Why it cannot be looked into; undefined where it can, or none is known. */
  readonly homeTrouble: HomeTrouble | undefined;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
}

/** A home that cannot be looked into. */
export interface HomeTrouble {
  readonly path: string;
  /** Whether it is where backups are made, and not the home itself. */
  readonly isForBackups?: boolean;
  readonly is: 'absent' | 'forbidden' | 'broken' | 'silent';
  readonly reason: string;
}

/** What is known of the home. */
export interface HomeFacts {
  readonly layout: Layout;
  readonly settings: Settings;
  /** The arguments of the node: the unit's, else the running supervisor's, else `start`. */
  readonly args: readonly string[];
  readonly alive: Alive;
  readonly node: NodeFacts;
  readonly journal: JournalFacts;
  /** The highest block that is known; undefined where nothing tells one. */
  readonly height: number | undefined;
}

/** The journal as it could be read. */
export interface JournalFacts {
  readonly history: History;
  /** What is wrong with it. */
  readonly trouble: string | undefined;
}
