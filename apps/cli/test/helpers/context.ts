import { createLayout, type Layout } from '@chainvisor/layout';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openJournal } from '../../src/journal/journal.js';
import { loadSettings } from '../../src/settings.js';
import { silentNotifier } from '../../src/notify/notifier.js';
import type { Context } from '../../src/supervise/context.js';
import { lockHome } from '../../src/supervise/home-lock.js';
import type { Operator } from '../../src/supervise/operator.js';
import { keepLog, type Said } from './log.js';
import { skipHeightsOf } from '../../src/skip-heights.js';
import { createWalReader } from '../../src/supervise/wal-reader.js';
import { tempDir } from './temp.js';

/** A home on disk, without a `current` link, and what a supervised run works with. */
export interface World {
  readonly ctx: Context;
  readonly layout: Layout;
  readonly said: readonly Said[];
}

/** An operator who says nothing. */
const silent: Operator = {
  stop: new AbortController().signal,
  exitCode: () => undefined,
  asked: () => undefined,
  failure: () => undefined,
  direct: () => () => undefined,
};

/** Makes a home with `cosmovisor/` and `data/`, a journal and the settings that `env` gives. */
export async function makeWorld(
  options: { env?: Readonly<Record<string, string>>; args?: readonly string[] } = {},
): Promise<World> {
  const home = await tempDir();
  const layout = createLayout({ home, daemon: 'palomad', recase: true });
  await mkdir(layout.upgrades, { recursive: true });
  await mkdir(layout.data);
  const { values } = await loadSettings({ DAEMON_HOME: home, DAEMON_NAME: 'palomad', ...options.env }, undefined);
  const { log, said } = keepLog();
  const journal = openJournal(layout.journal, (message, reason) => log.warn(message, { reason }));
  onTestFinished(() => journal.close());
  const validatorState = join(layout.data, 'priv_validator_state.json');
  const lock = await lockHome(layout, process.env, [], (message) => log.warn(message));
  onTestFinished(() => lock.release());
  const args = options.args ?? ['start'];
  return {
    ctx: {
      settings: values,
      layout,
      validatorState,
      walHeight: createWalReader(join(layout.data, 'cs.wal/wal'), 0),
      args,
      skipHeights: skipHeightsOf(args),
      env: {},
      log,
      notifier: silentNotifier,
      journal,
      operator: silent,
      lock,
    },
    layout,
    said,
  };
}

/** Puts a script where a binary may stand. */
export async function putBinary(path: string, mode = 0o755): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '#!/bin/sh\nexit 0\n', { mode });
}
