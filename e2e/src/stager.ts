import { type ReleaseServer, tarArchive, waitFor } from '@chainvisor/testkit';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { TestContext } from 'vitest';

import { fakeRun, type FakeRun } from './fake-run.ts';
import { releaseBytes, releaseServer, sha256 } from './releases.ts';

/** The built stager, as it is published. */
export const stagerProgram = fileURLToPath(new URL('../../apps/stager/dist/main.js', import.meta.url));

/** Where the releases of the tests are. */
export const repository = 'palomachain/paloma';

export const nodePath = process.env['CHAINVISOR_E2E_NODE'] ?? process.execPath;

/** How a run of the stager ended, and all that it said. */
export interface StagerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the stager that is under way. */
export interface StagerProcess {
  readonly pid: number;
  readonly ended: Promise<StagerEnd>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** A home with a fake node that can be started, a release server, and the built stager. */
export interface StagerRun {
  readonly run: FakeRun;
  readonly server: ReleaseServer;
  /** The environment of all runs: home, daemon, release API and repository, and nothing else, as in cron. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts the node without a supervisor. Resolves once it executes blocks. */
  readonly startNode: () => Promise<void>;
  readonly stopNode: () => Promise<void>;
  /** Runs the stager to its end. */
  readonly stager: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<StagerEnd>;
  readonly start: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    command?: readonly string[],
  ) => StagerProcess;
  /** A release's archive as Paloma's are: LICENSE first, then the binary. */
  readonly archive: (version: string) => Promise<Buffer>;
  /** Publishes the release of that tag with its list of checksums. Resolves to its archive. */
  readonly publish: (tag: string, version?: string) => Promise<Buffer>;
}

export const assetName = 'paloma_Linux_x86_64.tar.gz';

/** Makes all of it, gone with the test. `plan`: what the chain has scheduled from its first block on, far away. */
export async function stagerRun(
  t: TestContext,
  { plan, info = '' }: { readonly plan?: string; readonly info?: string } = {},
): Promise<StagerRun> {
  if (!existsSync(stagerProgram)) throw new Error(`${stagerProgram} is not built: run \`pnpm build\` first`);
  const plans = plan === undefined ? [] : [{ name: plan, height: farAway, info }];
  const run = await fakeRun(t, { chain: { blockTime: 100, scheduleLead: 'start', plans } });
  const server = await releaseServer(t);
  const { home } = run;
  const env = {
    DAEMON_HOME: home.home,
    DAEMON_NAME: home.daemon,
    CHAINVISOR_STAGER_RELEASE_API: server.url,
    CHAINVISOR_STAGER_RELEASE_REPOSITORY: repository,
    // No test waits for what will not come.
    CHAINVISOR_STAGER_ATTEMPTS: '1',
  };
  const start: StagerRun['start'] = (args, more = {}, command = []) =>
    startAlone(t, [...command, nodePath, stagerProgram, ...args], { ...env, ...more });
  const archive = async (version: string): Promise<Buffer> => {
    const binary = await releaseBytes(run.profile, version, { defaultHome: home.home });
    // Noise, so that there is something to download.
    const license = createHash('shake256', { outputLength: 256 * 1024 })
      .update(version)
      .digest();
    return gzipSync(
      tarArchive([
        { path: 'LICENSE', content: license },
        { path: home.daemon, content: binary, mode: 0o755 },
      ]),
    );
  };
  return {
    run,
    server,
    env,
    start,
    archive,
    stager: (args, more) => start(args, more).ended,
    async startNode() {
      const node = spawn(home.genesisBinary, ['start', '--home', home.home], { stdio: 'ignore' });
      node.unref();
      await run.reached(2);
      await waitFor('its RPC', () => home.status());
    },
    stopNode: () => home.kill(),
    async publish(tag, version = tag) {
      const asset = await archive(version);
      const assets = { [assetName]: asset, 'checksums.txt': `${sha256(asset)}  ${assetName}\n` };
      server.publish({ repository, tag, assets });
      return asset;
    },
  };
}

/** The height of plans that no test reaches. */
export const farAway = 1_000_000;

/** Starts a program, killed when the test is over, with this environment and nothing else. */
export function startAlone(
  t: TestContext,
  [file = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): StagerProcess {
  const child = spawn(file, args, { env: { ...env }, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<StagerEnd>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  t.onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal) };
}

/** What speaks against an upgrade's directory being whole: it is not there, or a part of it is missing. */
export async function flawOf(run: FakeRun, name: string): Promise<string | undefined> {
  const dir = run.at('upgrades', name);
  try {
    await access(join(dir, 'bin', run.home.daemon), constants.X_OK);
    const record = JSON.parse(await readFile(join(dir, 'staged.json'), 'utf8')) as Record<string, unknown>;
    const actual = sha256(await readFile(join(dir, 'bin', run.home.daemon)));
    return record['binarySha256'] === actual ? undefined : 'the binary is not the one on record';
  } catch (error) {
    return String(error);
  }
}

/** What lies in `upgrades/`. */
export async function upgradesOf(run: FakeRun): Promise<readonly string[]> {
  return (await readdir(run.at('upgrades'))).sort();
}

/** What is left of downloads. */
export async function leftovers(run: FakeRun): Promise<readonly string[]> {
  return readdir(run.at('.chainvisor/staging')).catch(() => []);
}
