import type { Layout } from '@chainvisor/layout';
import type { Journal } from '../journal/journal.js';
import type { Log } from '../log/log.js';
import type { RunSettings } from '../settings.js';
import type { Operator } from './operator.js';

/** What every part of a supervised run works with. */
export interface Context {
  readonly settings: RunSettings;
  readonly layout: Layout;
  /** The validator state's file, wherever config.toml puts it. */
  readonly validatorState: string;
  /** The node's arguments, passed on untouched. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly journal: Journal;
  readonly operator: Operator;
}
