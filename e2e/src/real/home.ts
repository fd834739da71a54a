import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort, processesUnder, testDir, waitFor } from '@chainvisor/testkit';

import type { SdkLine, TestchainBinaries } from './build.ts';
import { makeNodeKey } from './node-key.ts';
import { applicationInfo, nodeStatus, type ApplicationInfo, type NodeStatus } from './rpc.ts';
import { editToml, realTemplate } from './template.ts';

export interface RealHomeOptions {
  readonly line: SdkLine;
  readonly binaries: TestchainBinaries;
  /** The daemon's name: what the binary is called in the home. `minid` by default. */
  readonly daemon?: string;
  /** Upgrades of the chain, `v2@8,v3@16`; each is scheduled `scheduleLead` blocks before its height, so none before 4. */
  readonly plans?: string;
  /** 3 by default. */
  readonly scheduleLead?: number;
  /** The info field of every plan. */
  readonly planInfo?: string;
  /** Optimistic execution: the file is written while the block is still voted on. */
  readonly optimistic?: boolean;
  /** How long each migration takes, as a Go duration: `5s`. */
  readonly migrationSleep?: string;
  readonly migrationFail?: boolean;
  /** How long after a block the next one is begun, as a Go duration. 300 ms by default; far less makes as many blocks as the machine can. */
  readonly blockTime?: string;
  /** What all databases of the node are. `goleveldb` by default. */
  readonly database?: Database;
}

/** The databases that the testchain is built with. */
export type Database = 'goleveldb' | 'pebbledb';

/** A home of a real node, v1's binary in `cosmovisor/genesis/bin`, on ports of its own. Nothing runs in it until somebody starts it. */
export interface RealHome {
  readonly line: SdkLine;
  readonly path: string;
  readonly daemon: string;
  /** The id that `/status` of this home's node says. */
  readonly nodeId: string;
  readonly rpcPort: number;
  readonly p2pPort: number;
  /** What must follow `start` or `run start`. */
  readonly args: readonly string[];
  /** A whole environment: the seed document's variables, the chain's knobs, HOME and TMPDIR of its own. `extra` wins. */
  readonly env: (extra?: Readonly<Record<string, string>>) => Record<string, string>;
  /** Copies a binary to `cosmovisor/upgrades/<name>/bin/<daemon>` (name taken as the directory's) and returns that path. */
  readonly stage: (name: string, binary: string) => Promise<string>;
  /** Undefined while RPC does not answer, as while a node starts or migrates. */
  readonly status: () => Promise<NodeStatus | undefined>;
  readonly application: () => Promise<ApplicationInfo | undefined>;
  /** The bytes of `data/upgrade-info.json`, or undefined without it. */
  readonly upgradeInfo: () => Promise<string | undefined>;
  /** Waits until the application has committed this height. Milliseconds; 60 000 by default. */
  readonly waitForHeight: (height: number, timeout?: number) => Promise<void>;
  /** Waits until the node has halted at this height: the block is stored, not executed, and the file is there. */
  readonly waitForHalt: (height: number, timeout?: number) => Promise<void>;
  /** Kills whatever still runs in this home and deletes it. */
  readonly remove: () => Promise<void>;
}

const WAIT_MS = 60_000;

/** Makes a home. The caller removes it. */
export async function makeRealHome(options: RealHomeOptions): Promise<RealHome> {
  const { line, binaries, daemon = 'minid' } = options;
  const template = await realTemplate(binaries.v1);
  const root = await testDir(`chainvisor-sdk${line}-`);
  const path = join(root, 'home');
  const cosmovisor = join(path, 'cosmovisor');
  await cp(template, path, { recursive: true });
  for (const name of ['user', 'tmp']) await mkdir(join(root, name));
  await mkdir(join(cosmovisor, 'upgrades'), { recursive: true });
  await place(binaries.v1, join(cosmovisor, 'genesis/bin'), daemon);

  const nodeKey = makeNodeKey();
  await writeFile(join(path, 'config/node_key.json'), nodeKey.json, { mode: 0o600 });
  const rpcPort = await freePort();
  const p2pPort = await freePort();
  await listenOn(path, rpcPort, p2pPort);
  await configure(path, options);

  const status = (): Promise<NodeStatus | undefined> => nodeStatus(rpcPort);
  const application = (): Promise<ApplicationInfo | undefined> => applicationInfo(rpcPort);
  const upgradeInfo = (): Promise<string | undefined> => readIfThere(join(path, 'data/upgrade-info.json'));
  return {
    line,
    path,
    daemon,
    nodeId: nodeKey.id,
    rpcPort,
    p2pPort,
    args: ['--home', path],
    env: (extra = {}) => ({
      PATH: process.env['PATH'] ?? '',
      HOME: join(root, 'user'),
      TMPDIR: join(root, 'tmp'),
      DAEMON_NAME: daemon,
      DAEMON_HOME: path,
      DAEMON_ALLOW_DOWNLOAD_BINARIES: 'false',
      DAEMON_LOG_BUFFER_SIZE: '512',
      DAEMON_RESTART_AFTER_UPGRADE: 'true',
      UNSAFE_SKIP_BACKUP: 'true',
      ...knobs(options),
      ...extra,
    }),
    stage: (name, binary) => place(binary, join(cosmovisor, 'upgrades', name, 'bin'), daemon),
    status,
    application,
    upgradeInfo,
    async waitForHeight(height, timeout = WAIT_MS) {
      await waitFor(`application height ${height}`, async () => ((await application())?.height ?? 0) >= height, {
        timeout,
      });
    },
    async waitForHalt(height, timeout = WAIT_MS) {
      await waitFor(
        `a halt at ${height}`,
        async () => {
          const [stored, committed, file] = [
            (await status())?.height,
            (await application())?.height,
            await upgradeInfo(),
          ];
          // A block is stored before it is executed: until then the file may still be the last upgrade's.
          return (
            stored === height &&
            committed === height - 1 &&
            file?.includes(`"height":${height}`) === true &&
            file.endsWith('}')
          );
        },
        { timeout },
      );
    },
    remove: () => remove(root),
  };
}

/** A copy, not a link: a test may break or chmod what it is given, and the cache must stay as it is. */
async function place(binary: string, directory: string, daemon: string): Promise<string> {
  const target = join(directory, daemon);
  await mkdir(directory, { recursive: true });
  await copyFile(binary, target);
  await chmod(target, 0o755);
  return target;
}

async function listenOn(path: string, rpcPort: number, p2pPort: number): Promise<void> {
  const rpc = `"tcp://127.0.0.1:${rpcPort}"`;
  await editToml(join(path, 'config/config.toml'), [
    { table: 'rpc', key: 'laddr', value: rpc },
    { table: 'p2p', key: 'laddr', value: `"tcp://127.0.0.1:${p2pPort}"` },
  ]);
  await editToml(join(path, 'config/client.toml'), [{ table: '', key: 'node', value: rpc }]);
}

async function configure(path: string, { blockTime, database }: RealHomeOptions): Promise<void> {
  const config = join(path, 'config/config.toml');
  if (blockTime !== undefined)
    await editToml(config, [{ table: 'consensus', key: 'timeout_commit', value: `"${blockTime}"` }]);
  // The application's own setting is empty, so that it follows CometBFT's.
  if (database !== undefined) await editToml(config, [{ table: '', key: 'db_backend', value: `"${database}"` }]);
}

function knobs(options: RealHomeOptions): Record<string, string> {
  const { plans, scheduleLead, planInfo, optimistic = false, migrationSleep, migrationFail = false } = options;
  return {
    ...(plans === undefined ? {} : { TESTCHAIN_PLANS: plans }),
    ...(scheduleLead === undefined ? {} : { TESTCHAIN_SCHEDULE_LEAD: String(scheduleLead) }),
    ...(planInfo === undefined ? {} : { TESTCHAIN_PLAN_INFO: planInfo }),
    ...(optimistic ? { TESTCHAIN_OPTIMISTIC: '1' } : {}),
    ...(migrationSleep === undefined ? {} : { TESTCHAIN_MIGRATION_SLEEP: migrationSleep }),
    ...(migrationFail ? { TESTCHAIN_MIGRATION_FAIL: '1' } : {}),
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function remove(root: string): Promise<void> {
  // Again until nobody is left: a supervisor that is killed second may have started another node meanwhile.
  await waitFor(`the processes under ${root} to die`, async () => {
    const left = await processesUnder(root);
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    return left.length === 0;
  });
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
}
