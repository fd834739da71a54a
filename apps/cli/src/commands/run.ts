import { homeOf, validatorStateFile, walFile } from '@chainvisor/chain';
import { isatty } from 'node:tty';
import { endRestore } from '../backup/end-restore.js';
import { isNodeCommand, type Invocation } from '../command-line.js';
import { layoutOf } from '../layout-of.js';
import { faultPoint } from '../fault-point.js';
import { type Journal, openJournal } from '../journal/journal.js';
import { createLog, type LogOptions } from '../log/log.js';
import { openNotifier } from '../notify/open-notifier.js';
import type { ServiceVariables } from '../notify/service-variables.js';
import { tellStop } from '../notify/tell-stop.js';
import { writeTo } from '@chainvisor/report';
import { passThrough } from '../pass-through.js';
import { explain } from '../report-error.js';
import { loadRunSettings, loadSettings, type Settings } from '../settings.js';
import { announceBackups } from '../supervise/announce-backups.js';
import { announceUpgrades } from '../supervise/announce-upgrades.js';
import type { Context } from '../supervise/context.js';
import { lockHome } from '../supervise/home-lock.js';
import { listenToOperator } from '../supervise/operator.js';
import { superviseAlone } from '../supervise/supervise.js';
import { createWalReader } from '../supervise/wal-reader.js';
import { skippedHeights } from '../skip-heights.js';
import { version } from '../version.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `run <arguments of the node>`: a node command is supervised, any other passed through. `service`: what was taken out of `env`.
 * Resolves with the exit code.
 */
export async function run(
  { options, args, bare }: Extract<Invocation, { kind: 'run' }>,
  env: Env,
  service: ServiceVariables,
): Promise<number> {
  if (!isNodeCommand(args, nodeCommandsOf(env))) {
    const { values } = await loadSettings(env, options.config);
    // Listed in config.toml alone: a node that is run unsupervised misses its upgrade.
    if (!isNodeCommand(args, values.nodeCommands)) return passThrough(layoutOf(values), args, env);
  }
  const operator = listenToOperator();
  const settings = await loadRunSettings(env, options.config);
  const { values } = settings;
  const logOptions: LogOptions = {
    format: options.logFormat ?? values.logFormat,
    color: values.colorLogs && isatty(2),
    timeFormat: settings.sources.timeFormat.from === 'default' ? undefined : values.timeFormat,
    disabled: values.disableLogs,
    write: (line) => writeTo(2, line),
  };
  const log = createLog(logOptions);
  let journal: Journal | undefined;
  const unverified = () => journal?.history().unverified;
  // The migration of a node that is killed may be half in its databases.
  const isFragile = () => unverified() !== undefined;
  const notifier = await openNotifier({ service, env, log, isFragile });
  tellStop(notifier, operator, unverified);
  try {
    notifier.status('starting');
    const layout = layoutOf(values);
    const lock = await lockHome(layout, env, ['run', ...args], (message) => log.warn(message));
    faultPoint('locked');
    await endRestore(layout, (message) => log.warn(message));
    journal = openJournal(layout.journal, (message, reason) => log.warn(message, { reason }));
    const { home } = layout;
    const ctx: Context = {
      settings: values,
      layout,
      validatorState: await validatorStateFile(home),
      walHeight: createWalReader(await walFile(home)),
      args,
      skipHeights: await skippedHeights(args, home),
      env,
      log,
      notifier,
      journal,
      operator,
      lock,
    };
    await announce(ctx, settings, bare);
    const code = await superviseAlone(ctx);
    if (operator.failure() !== undefined) throw operator.failure();
    return code;
  } catch (error) {
    const { what, why, hint, exitCode } = explain(error);
    notifier.stopping(why === undefined ? what : `${what}: ${why}`);
    if (logOptions.format === 'text') throw error;
    // Who reads JSON lines reads the last one too, and an error is told also where logs are off.
    createLog({ ...logOptions, disabled: false }).error(what, { why, do: hint, exit: exitCode });
    return exitCode;
  } finally {
    await journal?.close();
    await notifier.end();
  }
}

/** Which commands are a node, before any setting is read: a bare one must be recognised on the command line. */
export function nodeCommandsOf(env: Env): readonly string[] {
  const listed = env['CHAINVISOR_NODE_COMMANDS']
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return listed === undefined || listed.length === 0 ? ['start'] : listed;
}

/** What an operator reads first: who runs what, every warning on the settings, and upgrades that could not run. */
async function announce(ctx: Context, settings: Settings, bare: boolean): Promise<void> {
  const { log, layout, args } = ctx;
  log.info('chainvisor', { version: version(), daemon: layout.daemon, home: layout.home, pid: process.pid });
  if (process.pid === 1) {
    log.warn(
      'running as PID 1: what nodes leave behind is never collected here; use an init (docker run --init, tini)',
    );
  }
  if (bare)
    log.warn(
      `the bare form is understood as \`run ${args[0] ?? ''}\`: please write \`chainvisor run ${args.join(' ')}\``,
    );
  for (const warning of settings.warnings) log.warn(warning);
  if (settings.sources.logBufferSize.from !== 'default') {
    log.info(
      'DAEMON_LOG_BUFFER_SIZE has no effect: chainvisor does not read the log of the node, so no line is too long for it',
    );
  }
  const told = homeOf(args, layout.home);
  if (told !== layout.home) {
    log.error('--home of the node and DAEMON_HOME differ: upgrades of the node will not be seen', {
      '--home': told,
      DAEMON_HOME: layout.home,
    });
  }
  await announceUpgrades(ctx);
  // Not waited for: it may look at every file of the data.
  void announceBackups(ctx, settings.sources.backupOutside.from !== 'default');
}
