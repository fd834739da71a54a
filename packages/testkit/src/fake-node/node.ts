import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeChain } from '../fake-types.ts';
import { procStat } from '../proc-stat.ts';
import { abciQuery } from './abci-query.ts';
import { makeBlocks } from './blocks.ts';
import { openDatabases } from './databases.ts';
import { GoError, goTrace, Panic } from './endings.ts';
import { inheritedFiles, spawnGrandchild } from './grandchild.ts';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';
import { openLog } from './log-lines.ts';
import { openRpc, type Rpc } from './rpc.ts';
import { abciInfoOf, statusOf } from './rpc-bodies.ts';
import { loadUpgrades } from './rules.ts';
import { readChain, type Settings } from './settings.ts';
import { handleSignals } from './signals.ts';
import { openState } from './state.ts';
import type { Write } from './streams.ts';
import { openValidator } from './validator.ts';
import { openWal } from './wal.ts';

export interface StartOptions {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly journal: Journal;
  readonly write: Write;
  readonly usage: string;
}

function journalStart(identity: Identity, journal: Journal): void {
  const libraryPath = process.env['LD_LIBRARY_PATH'];
  journal({
    event: 'start',
    path: identity.path,
    realPath: identity.realPath,
    args: process.argv.slice(2),
    cwd: process.cwd(),
    ppid: process.ppid,
    startTime: procStat('self')?.startTime ?? '',
    ...(libraryPath === undefined ? {} : { libraryPath }),
  });
}

/** The `start` command: from the databases through the handshake to blocks, until a signal or a reason of its own ends it. */
export async function startNode({ identity, settings, journal, write, usage }: StartOptions): Promise<never> {
  const inherited = inheritedFiles();
  const { line, binary, daemon } = identity;
  const { home } = settings;
  const data = join(home, 'data');
  let chain: FakeChain = readChain(home);
  const exit = (code: number): never => {
    journal({ event: 'end', code });
    process.exit(code);
  };
  const stopper = handleSignals({ line, chain, journal, exit });
  // Only now: whoever sends a signal to a node that has begun must find its handlers.
  journalStart(identity, journal);
  const log = openLog(line, settings, write);
  const panic = (message: string): never => {
    write(2, goTrace(message));
    return exit(2);
  };
  // 0.46.10 to 0.47 read the start's result during the first seconds only: a later error is never seen, and the process waits for a signal.
  const refuse = async (message: string): Promise<never> => {
    if (line >= 46 && line < 50 && process.uptime() * 1000 >= (chain.outerSignalAfter ?? 5000)) await stopper.stopped;
    write(2, `Error: ${message}\n${line < 50 ? usage : ''}`);
    return exit(1);
  };
  const fatal = (error: unknown): Promise<never> => {
    if (error instanceof Panic) return panic(error.message);
    if (error instanceof GoError) return refuse(error.message);
    throw error;
  };

  const failure = binary.startFailure;
  if (failure !== undefined) {
    await sleep(failure.after ?? 0);
    write(2, failure.stderr ?? '');
    exit(failure.code);
  }
  if (chain.startTime !== undefined) await sleep(chain.startTime);
  try {
    mkdirSync(data, { recursive: true });
    openDatabases(data);
  } catch (error) {
    if (error instanceof GoError) journal({ event: 'lock-conflict' });
    return fatal(error);
  }
  journal({ event: 'locked' });
  const state = openState(data, chain);
  const upgrades = await (async () => {
    try {
      return loadUpgrades({ identity, settings, app: state.app, chain: () => chain, log, journal });
    } catch (error) {
      const loading = error instanceof Panic && error.message.startsWith('error loading last version: ');
      if (!loading || line >= 50) return fatal(error);
      if (line >= 47) log('error', 'error on loading last version', { err: error.message });
      else write(1, `${error.message.replace('error loading last version: ', '')}\n`);
      return exit(1);
    }
  })();
  const validator = openValidator(data);
  if (validator === undefined) {
    write(1, `error reading PrivValidator state from ${data}/priv_validator_state.json: no such file or directory\n`);
    return exit(1);
  }
  if (chain.grandchild === true) spawnGrandchild(home, inherited, journal);

  const reload = (): void => {
    const { plans = [], proposals = [] } = readChain(home);
    chain = { ...chain, plans, proposals };
  };
  const blocks = makeBlocks({
    ...{ identity, settings, state, upgrades, validator, stopper, log, journal, exit, panic, write },
    wal: openWal(data),
    chain: () => chain,
    reload,
  });
  try {
    await blocks.handshake();
  } catch (error) {
    return fatal(
      error instanceof GoError ? new GoError(`error during handshake: error on replay: ${error.message}`) : error,
    );
  }

  const listeners: Rpc[] = [];
  const shutDown = async (): Promise<never> => {
    if (line >= 50) {
      const name = stopper.signal() === 'SIGINT' ? 'interrupt' : 'terminated';
      log('info', 'caught signal', { module: 'server', signal: name });
      for (const step of ['Stopping Node', 'Closing blockstore', 'Closing statestore', 'Closing application.db'])
        log('info', step);
    } else log('info', 'exiting...');
    for (const rpc of listeners) rpc.close();
    if (chain.shutdown !== undefined) await sleep(chain.shutdown);
    return exit(0);
  };
  if (stopper.signal() !== undefined) return shutDown();

  const facts = {
    ...{ home, line, chain, version: binary.version, laddr: settings.laddrs[0] ?? '' },
    storeHeight: () => state.storeHeight,
    appHeight: () => state.app.height,
  };
  const query = {
    line,
    appHeight: facts.appHeight,
    pending: () => upgrades.pending(state.app.height + 1),
    applied: () => state.app.applied,
    proposals: () => (chain.gov === false ? undefined : (chain.proposals ?? [])),
  };
  const methods = {
    status: statusOf(facts),
    abci_info: abciInfoOf(facts, daemon),
    health: () => ({}),
    net_info: () => ({ listening: true, listeners: ['Listener(@)'], n_peers: '0', peers: [] }),
    abci_query: ({ path, data: hex }: Readonly<Record<string, unknown>>) =>
      abciQuery(query, String(path), Buffer.from(String(hex).replace(/^0x/, ''), 'hex')),
  };
  try {
    if (chain.rpc !== 'off') {
      for (const laddr of settings.laddrs) listeners.push(await openRpc(laddr, methods, chain.rpc === 'silent'));
    }
  } catch (error) {
    return fatal(error);
  }
  const port = listeners[0]?.port;
  journal({ event: 'open', height: state.app.height, ...(port === undefined ? {} : { port }) });
  if ((chain.fullStartAfter ?? 0) === 0) stopper.started();
  else setTimeout(() => stopper.started(), chain.fullStartAfter).unref();
  await blocks.run();
  return shutDown();
}
