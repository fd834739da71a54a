import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { FakeChain, FakePlan } from '../fake-types.ts';
import { GoError, Panic } from './endings.ts';
import type { Identity } from './identity.ts';
import { infoText, readInfo, writeInfo } from './info-file.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log-lines.ts';
import type { Settings } from './settings.ts';
import type { AppState } from './state.ts';

/** What x/upgrade knows in one process. */
export interface UpgradeModule {
  /** The plan that is stored before this block, due or not. */
  pending(height: number): FakePlan | undefined;
  /** The plan that stops this block: due, not skipped, and without a handler here. */
  halting(height: number): FakePlan | undefined;
  /** Writes the file and the log line for a plan that stops this block. */
  dump(plan: FakePlan, height: number): Promise<void>;
  /** The module's part of a block. @throws {Panic} up to 0.47, {GoError} from 0.50 on, where the block cannot be executed. */
  preBlock(height: number): Promise<void>;
  /** The stores that a commit of this binary leaves in the data. */
  mountedStores(): string[];
}

export interface UpgradeOptions {
  readonly identity: Identity;
  readonly settings: Settings;
  readonly app: AppState;
  readonly chain: () => FakeChain;
  readonly log: Log;
  readonly journal: Journal;
}

export const neededText = (plan: FakePlan): string =>
  `UPGRADE "${plan.name}" NEEDED at height: ${plan.height}: ${plan.info ?? ''}`;

/**
 * Loads the application: reads the upgrade-info file and, where each handler brings a store, refuses data on the wrong side of its height.
 * @throws {Panic}
 */
export function loadUpgrades(options: UpgradeOptions): UpgradeModule {
  const { identity, settings, app, chain, log, journal } = options;
  const { binary, line } = identity;
  const handlers = new Set(binary.handlers ?? []);
  const infoPath = join(settings.home, 'data/upgrade-info.json');
  const info = binary.readsInfo === false ? { name: '', height: 0 } : readInfo(infoPath, line);
  const isSkipped = (height: number): boolean => settings.skipHeights.includes(height);
  let added: string | undefined;
  let versionChecked = false;

  const fail = (message: string): never => {
    throw line >= 50 ? new GoError(message) : new Panic(message);
  };
  const lacksStore = (store: string): never => {
    const why = `version of store store_of_${store} mismatch root store's version; expected ${app.height} got 0`;
    throw new Panic(
      `error loading last version: failed to load latest version: ${why}${line >= 47 ? '; new stores should be added using StoreUpgrades' : ''}`,
    );
  };
  if (chain().stores === true && app.height > 0) {
    if (handlers.has(info.name) && !isSkipped(info.height) && info.height === app.height + 1) added = info.name;
    for (const store of handlers) if (!app.stores.includes(store) && store !== added) lacksStore(store);
    const applied = app.applied.some(({ name }) => name === info.name);
    if (applied && !handlers.has(info.name)) {
      throw new Panic(`error loading last version: failed to load latest version: unknown store store_of_${info.name}`);
    }
  }

  const pending = (height: number): FakePlan | undefined => {
    const { plans = [], scheduleLead = 3, startHeight = 1 } = chain();
    const done = [...app.applied.map(({ name }) => name), ...app.skipped];
    const [first] = plans
      .filter((plan) => plan.height >= startHeight && !done.includes(plan.name))
      .sort((a, b) => a.height - b.height);
    if (first === undefined) return undefined;
    return scheduleLead === 'start' || first.height - scheduleLead < height ? first : undefined;
  };
  const isDue = (plan: FakePlan, height: number): boolean => plan.height <= height;

  const apply = async (plan: FakePlan, height: number): Promise<void> => {
    log('info', `applying upgrade "${plan.name}" at height: ${plan.height}`, line >= 50 ? { module: 'x/upgrade' } : {});
    journal({ event: 'migrating', height, name: plan.name });
    const { time = 0, fail: failure } = binary.migration ?? chain().migration ?? {};
    if (time > 0) await sleep(time);
    if (failure === 'panic') throw new Panic('migration failed on request');
    if (failure === 'error') fail('migration failed on request');
    app.applied.push({ name: plan.name, height });
    journal({ event: 'applied', height, name: plan.name });
  };

  return {
    pending,
    halting(height) {
      const plan = pending(height);
      return plan !== undefined && isDue(plan, height) && !isSkipped(height) && !handlers.has(plan.name)
        ? plan
        : undefined;
    },
    async dump(plan, height) {
      await writeInfo(infoPath, infoText(line, plan, height), chain().writeGap ?? 0);
      journal({ event: 'file', height, name: plan.name, ...(plan.info === undefined ? {} : { info: plan.info }) });
      log('error', neededText(plan), line >= 50 ? { module: 'x/upgrade' } : {});
    },
    async preBlock(height) {
      const plan = pending(height);
      if (!versionChecked) {
        versionChecked = true;
        const last = app.applied.at(-1);
        const free = plan === undefined || !isDue(plan, height) || isSkipped(height);
        if (free && last !== undefined && !handlers.has(last.name)) {
          const wrong = line >= 50 ? 'wrong' : 'Wrong';
          fail(`${wrong} app version 0, upgrade handler is missing for ${last.name} upgrade plan`);
        }
      }
      if (plan === undefined) return;
      if (!isDue(plan, height)) {
        const tail = line >= 46 ? '. Downgrade your binary' : '';
        if (!handlers.has(plan.name)) return;
        fail(`BINARY UPDATED BEFORE TRIGGER! UPGRADE "${plan.name}" - in binary but not executed on chain${tail}`);
      }
      if (isSkipped(height)) {
        log('info', `UPGRADE "${plan.name}" SKIPPED at ${plan.height}: ${plan.info ?? ''}`);
        app.skipped.push(plan.name);
        journal({ event: 'skipped', height, name: plan.name });
      } else if (handlers.has(plan.name)) await apply(plan, height);
      else {
        await this.dump(plan, height);
        fail(neededText(plan));
      }
    },
    mountedStores: () => [...new Set([...app.stores, ...handlers])],
  };
}
