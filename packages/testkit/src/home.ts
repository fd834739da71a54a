import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeBinary, FakeChain, FakeEvent, FakePlan } from './fake-types.ts';
import { freePort } from './free-port.ts';
import { writeHomeFiles } from './home-files.ts';
import { installFakeNode } from './install.ts';
import { isAlive } from './proc-stat.ts';
import { rpcGet } from './rpc-client.ts';
import { testDir } from './test-dir.ts';
import { waitFor } from './wait-for.ts';

/** What the node's RPC says. `height` is the stored block, `appHeight` the executed one: at a halt they differ by one. */
export interface FakeStatus {
  readonly height: number;
  readonly appHeight: number;
  readonly nodeId: string;
  readonly catchingUp: boolean;
}

/** A temporary home of a fake node, with cosmovisor's folders. */
export interface FakeHome {
  /** The directory that plays `$HOME`; the home lies in it. */
  readonly dir: string;
  readonly home: string;
  readonly daemon: string;
  /** Where the node's RPC listens, as `rpc.laddr` says. */
  readonly laddr: string;
  /** 0 where RPC is a unix socket. */
  readonly rpcPort: number;
  readonly nodeId: string;
  /** `<home>/data/upgrade-info.json` */
  readonly infoFile: string;
  /** `<home>/cosmovisor/genesis/bin/<daemon>` */
  readonly genesisBinary: string;
  /**
   * Installs `cosmovisor/upgrades/<name>/bin/<daemon>` and resolves to its path. `withoutBin`: `upgrades/<name>/<daemon>`, as the seed document's
   * last command leaves it. `name` is the directory's, taken as it is.
   */
  stage(name: string, binary: FakeBinary, options?: { readonly withoutBin?: boolean }): Promise<string>;
  /** Installs at any path a binary whose default home this is. */
  install(path: string, binary: FakeBinary): Promise<void>;
  /** Adds a plan to the chain; a running node sees it before its next block. */
  schedule(plan: FakePlan): Promise<void>;
  /** Changes how the chain behaves from the node's next start on; a running node sees its plans and proposals before its next block. */
  setChain(change: Partial<FakeChain>): Promise<void>;
  /** The whole environment of a supervisor as the seed document sets it, and nothing of the caller's but PATH and TMPDIR. */
  env(extra?: Readonly<Record<string, string>>): Record<string, string>;
  /** The journal of all fake nodes of this home, oldest first. */
  events(): Promise<FakeEvent[]>;
  /** Undefined where nobody answers. */
  status(): Promise<FakeStatus | undefined>;
  /** Kills by SIGKILL every fake node and grandchild of the journal that still lives, and waits for their deaths. */
  kill(): Promise<void>;
  /** `kill`, then deletes the home (and `dir`, unless the caller gave it). */
  remove(): Promise<void>;
}

export interface FakeHomeOptions {
  /** An existing directory to put the home in; by default a new temporary one. */
  readonly dir?: string;
  readonly daemon: string;
  readonly chain: FakeChain;
  /** The binary in `cosmovisor/genesis/bin`. */
  readonly genesis: FakeBinary;
  /** Whether RPC listens on a port of 127.0.0.1 (default) or on a unix socket. */
  readonly socket?: 'tcp' | 'unix';
}

const JOURNAL = 'fake-events.jsonl';

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readEvents(home: string): Promise<FakeEvent[]> {
  const lines = ((await readText(join(home, JOURNAL))) ?? '').split('\n');
  // What follows the last newline is a line that is being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as FakeEvent);
}

function stillAlive(events: readonly FakeEvent[]): number[] {
  const started = events.flatMap((event) => {
    if (event.event === 'start') return [{ pid: event.pid, startTime: event.startTime }];
    if (event.event === 'grandchild') return [{ pid: event.child, startTime: event.startTime }];
    return [];
  });
  return started.filter(({ pid, startTime }) => isAlive(pid, startTime)).map(({ pid }) => pid);
}

async function askStatus(laddr: string): Promise<FakeStatus | undefined> {
  const [status, info] = await Promise.all([rpcGet(laddr, '/status', 1000), rpcGet(laddr, '/abci_info', 1000)]);
  if (status === undefined || info === undefined) return undefined;
  const { node_info, sync_info } = (
    JSON.parse(status) as {
      result: { node_info: { id: string }; sync_info: { latest_block_height: string; catching_up: boolean } };
    }
  ).result;
  const { response } = (JSON.parse(info) as { result: { response: { last_block_height?: string } } }).result;
  return {
    height: Number(sync_info.latest_block_height),
    appHeight: Number(response.last_block_height ?? 0),
    nodeId: node_info.id,
    catchingUp: sync_info.catching_up,
  };
}

/** The seed document's environment, exactly its variables. */
function seedEnvironment(dir: string, home: string, daemon: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    ...(process.env['TMPDIR'] === undefined ? {} : { TMPDIR: process.env['TMPDIR'] }),
    HOME: dir,
    DAEMON_NAME: daemon,
    DAEMON_HOME: home,
    DAEMON_ALLOW_DOWNLOAD_BINARIES: 'false',
    DAEMON_LOG_BUFFER_SIZE: '512',
    DAEMON_RESTART_AFTER_UPGRADE: 'true',
    UNSAFE_SKIP_BACKUP: 'true',
  };
}

/** Makes a home as `init` leaves it, with the genesis binary in place and the node's RPC on a port of its own. Nothing runs yet. */
export async function makeFakeHome(options: FakeHomeOptions): Promise<FakeHome> {
  const { daemon, chain } = options;
  const dir = options.dir ?? (await testDir());
  const home = join(dir, `.${daemon.replace(/d$/, '')}`);
  const rpcPort = options.socket === 'unix' ? 0 : await freePort();
  const laddr = options.socket === 'unix' ? `unix://${join(dir, 'rpc.sock')}` : `tcp://127.0.0.1:${rpcPort}`;
  const nodeId = writeHomeFiles(home, { laddr, chain });
  const chainFile = join(home, 'config/fake-chain.json');
  const genesisBinary = join(home, 'cosmovisor/genesis/bin', daemon);

  const install = (path: string, binary: FakeBinary): Promise<void> =>
    installFakeNode(path, { defaultHome: home, ...binary });
  const setChain = async (change: Partial<FakeChain>): Promise<void> => {
    const now = JSON.parse(await readFile(chainFile, 'utf8')) as FakeChain;
    const temporary = `${chainFile}.${randomBytes(6).toString('hex')}`;
    await writeFile(temporary, JSON.stringify({ ...now, ...change }));
    await rename(temporary, chainFile);
  };
  const kill = async (): Promise<void> => {
    await waitFor('the fake nodes to die', async () => {
      const pids = stillAlive(await readEvents(home));
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It died in between.
        }
      }
      return pids.length === 0;
    });
  };

  await install(genesisBinary, options.genesis);
  await mkdir(join(home, 'cosmovisor/upgrades'), { recursive: true });
  return {
    dir,
    home,
    daemon,
    laddr,
    rpcPort,
    nodeId,
    infoFile: join(home, 'data/upgrade-info.json'),
    genesisBinary,
    install,
    setChain,
    kill,
    async stage(name, binary, { withoutBin = false } = {}) {
      const path = join(home, 'cosmovisor/upgrades', name, ...(withoutBin ? [] : ['bin']), daemon);
      await install(path, binary);
      return path;
    },
    async schedule(plan) {
      const { plans = [] } = JSON.parse(await readFile(chainFile, 'utf8')) as FakeChain;
      await setChain({ plans: [...plans, plan] });
    },
    env: (extra = {}) => ({ ...seedEnvironment(dir, home, daemon), ...extra }),
    events: () => readEvents(home),
    status: () => askStatus(laddr),
    async remove() {
      await kill();
      const doomed = options.dir === undefined ? dir : home;
      // A test may have taken permissions away.
      await chmod(doomed, 0o700).catch(() => undefined);
      await rm(doomed, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}
