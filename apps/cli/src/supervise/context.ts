import type { Layout } from '@chainvisor/layout';
import type { HomeLock } from '@chainvisor/runner';
import type { Journal } from '../journal/journal.js';
import type { Log } from '../log/log.js';
import type { Notifier } from '../notify/notifier.js';
import type { RunSettings } from '../settings.js';
import type { Operator } from './operator.js';
import type { WalReader } from './wal-reader.js';

/** What every part of a supervised run works with. */
export interface Context {
  readonly settings: RunSettings;
  readonly layout: Layout;
  /** The validator state's file, wherever config.toml puts it. */
  readonly validatorState: string;
  readonly walHeight: WalReader;
  /** The node's arguments, passed on untouched. */
  readonly args: readonly string[];
  /** Heights of upgrades that the node is told to skip. */
  readonly skipHeights: readonly number[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly notifier: Notifier;
  readonly journal: Journal;
  readonly operator: Operator;
  /** Whatever is started on this home holds it. */
  readonly lock: HomeLock;
}
