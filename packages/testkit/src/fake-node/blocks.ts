import type { FakeChain } from '../fake-types.ts';
import { GoError, goTrace, Panic } from './endings.ts';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log-lines.ts';
import { neededText, type UpgradeModule } from './rules.ts';
import type { Settings } from './settings.ts';
import type { Stopper } from './signals.ts';
import type { State } from './state.ts';
import type { Write } from './streams.ts';
import type { Validator } from './validator.ts';

export interface BlockOptions {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly state: State;
  readonly upgrades: UpgradeModule;
  readonly validator: Validator;
  readonly stopper: Stopper;
  readonly wal: (height: number) => void;
  readonly log: Log;
  readonly journal: Journal;
  readonly write: Write;
  readonly exit: (code: number) => never;
  readonly panic: (message: string) => never;
  readonly chain: () => FakeChain;
  /** Takes in the plans and proposals of now. */
  readonly reload: () => void;
}

export interface Blocks {
  /** Executes what is stored and not yet executed, before any listener opens. */
  handshake(): Promise<void>;
  /** Makes blocks until a signal wants the node stopped, also where the chain halted in between. */
  run(): Promise<void>;
}

/** Whether the halt height itself is still committed: only 0.50.0 to 0.50.9. */
function commitsHaltHeight({ line, binary }: Identity): boolean {
  const patch = /^v?0\.50\.(\d+)/.exec(binary.sdkVersion ?? '')?.[1];
  return line === 50 && patch !== undefined && Number(patch) < 10;
}

/** A log line, repeated. */
function flood(bytes: number, write: Write): void {
  const line = `${'flood '.repeat(16)}\n`;
  for (let left = bytes; left > 0;) {
    const text = line.repeat(Math.ceil(Math.min(left, 65_536) / line.length)).slice(0, Math.min(left, 65_536));
    write(1, text);
    left -= text.length;
  }
}

export function makeBlocks(options: BlockOptions): Blocks {
  const { identity, settings, state, upgrades, validator, stopper, log, journal, panic } = options;
  const { line } = identity;

  const execute = async (height: number): Promise<void> => {
    const { haltHeight } = settings;
    if (line >= 50 && haltHeight > 0 && height >= haltHeight + (commitsHaltHeight(identity) ? 1 : 0)) {
      throw new GoError(`halt per configuration height ${haltHeight} time 0`);
    }
    await upgrades.preBlock(height);
    state.app.stores = upgrades.mountedStores();
    state.commit(height);
    journal({ event: 'block', height });
    log('info', 'committed state', { app_hash: height.toString(16).toUpperCase(), height, module: 'state' });
    if (line < 50 && haltHeight > 0 && height >= haltHeight) {
      log('info', 'halting node per configuration', { height: haltHeight, time: 0 });
      process.kill(process.pid, 'SIGINT');
      process.kill(process.pid, 'SIGTERM');
      // Until the signals are delivered; before the node is fully started they kill it.
      await stopper.wait(1000);
    }
  };

  const tellHalt = (height: number, error: Error, as: 'zombie' | 'crash' | 'handshake'): void => {
    const plan = upgrades.halting(height);
    if (plan !== undefined && error.message === neededText(plan))
      journal({ event: 'halt', height, name: plan.name, as });
    else journal({ event: 'stuck', height, reason: error.message });
  };

  /** What consensus (or block sync) does with an error while it executes a block. */
  const failBlock = (height: number, error: Error): void => {
    const crashes = options.chain().mode === 'blocksync';
    tellHalt(height, error, crashes ? 'crash' : 'zombie');
    if (line >= 50 && error instanceof GoError) {
      log('error', 'error in proxyAppConn.FinalizeBlock', { err: error.message, module: 'state' });
    }
    if (crashes) {
      const hash = height.toString(16).toUpperCase().padStart(64, '0');
      panic(line >= 50 ? `Failed to process committed block (${height}:${hash}): ${error.message}` : error.message);
    }
    const err =
      line >= 50 && error instanceof GoError ? `failed to apply block; error ${error.message}` : error.message;
    log('error', 'CONSENSUS FAILURE!!!', { err, module: 'consensus', stack: goTrace(err) });
  };

  /** Optimistic execution: a halting plan is met while the block is voted on. True where the node is to stop in the meantime. */
  const meetEarly = async (height: number, lead: number): Promise<GoError | 'stopped' | undefined> => {
    const plan = upgrades.halting(height);
    if (plan === undefined) return undefined;
    await upgrades.dump(plan, height);
    return (await stopper.wait(lead)) ? 'stopped' : new GoError(neededText(plan));
  };

  /** One height of consensus; false where there will be no other. */
  const makeBlock = async (height: number): Promise<boolean> => {
    const { validator: signs = true, optimistic = false, mode } = options.chain();
    const votes = signs && mode !== 'blocksync';
    if (votes && !validator.sign(height, 2)) {
      log('error', 'failed signing vote', {
        err: `error signing vote: height regression. Got ${height}, last height ${validator.height()}`,
      });
      journal({ event: 'stuck', height, reason: 'height regression' });
      return false;
    }
    const early =
      optimistic === false || line < 50 || mode === 'blocksync'
        ? undefined
        : await meetEarly(height, optimistic === true ? 500 : optimistic);
    if (early === 'stopped') return false;
    if (votes) validator.sign(height, 3);
    state.saveBlock(height);
    // Block sync stores blocks without the consensus log, as in CometBFT.
    if (mode !== 'blocksync') options.wal(height);
    try {
      if (early !== undefined) throw early;
      await execute(height);
      return true;
    } catch (error) {
      if (!(error instanceof GoError || error instanceof Panic)) throw error;
      // Nobody recovers a panic of the goroutine that executes ahead.
      if (error instanceof Panic && line >= 50 && optimistic !== false) panic(error.message);
      failBlock(height, error);
      return false;
    }
  };

  return {
    async handshake() {
      const { app, storeHeight } = state;
      log('info', 'ABCI Handshake App Info', { height: app.height, module: 'consensus' });
      if (app.height > storeHeight)
        throw new GoError(`app block height (${app.height}) is higher than core (${storeHeight})`);
      if (app.height < storeHeight) {
        log('info', 'ABCI Replay Blocks', {
          appHeight: app.height,
          storeHeight,
          stateHeight: app.height,
          module: 'consensus',
        });
      }
      while (app.height < storeHeight) {
        if (app.height + 1 === storeHeight) log('info', 'Replay last block using real app', { module: 'consensus' });
        try {
          await execute(app.height + 1);
        } catch (error) {
          if (error instanceof GoError || error instanceof Panic) tellHalt(app.height + 1, error, 'handshake');
          throw error;
        }
      }
    },
    async run() {
      const { floodBytes = 0, blockTime = 50, exitAtHeight, crashAtHeight } = options.chain();
      if (floodBytes > 0) {
        flood(floodBytes, options.write);
        journal({ event: 'flooded', bytes: floodBytes });
      }
      while (!(await stopper.wait(blockTime))) {
        options.reload();
        const height = state.storeHeight + 1;
        if (!(await makeBlock(height))) break;
        if (height === exitAtHeight?.height) options.exit(exitAtHeight.code);
        if (height === crashAtHeight) panic('runtime error: invalid memory address or nil pointer dereference');
      }
      await stopper.stopped;
    },
  };
}
