import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { heightOf } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { checksumQuery, infoWith, releaseBytes, releaseServer } from '../../src/releases.ts';
import { runProgram } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const prepare = ({ home }: FakeRun, args: readonly string[] = [], env = {}) =>
  runProgram(['prepare-upgrade', ...args], home.env(env));

/** A supervised node whose chain has planned an upgrade with a binary to download, some time from now. */
async function planned(t: TestContext, { name = 'v2', height = 100_000 } = {}) {
  const server = await releaseServer(t);
  const content = await releaseBytes('0.53', 'v2', { version: name });
  const url = server.serve('/palomad', content);
  const plan = { name, height, info: infoWith(url + checksumQuery(content)) };
  const run = await fakeRun(t, { chain: { plans: [plan], scheduleLead: 'start' } });
  const supervisor = run.start();
  await run.reached(2);
  return { run, supervisor, server, content, url, plan };
}

describe.concurrent('prepare-upgrade', () => {
  it('stages the binary of the plan that the running node tells, and the upgrade then passes without a download', async (t) => {
    const { run, supervisor, server, content, url } = await planned(t);
    const told = await prepare(run);
    t.expect(told).toMatchObject({ code: 0, stderr: '' });
    t.expect(told.stdout).toMatch(
      /^v2, at height 100000: staged .*upgrades\/v2\/bin\/palomad\n {2}from http:\S+\n {2}sha256 \w{64}, version v2$/,
    );
    t.expect(await readFile(run.at('upgrades/v2/bin/palomad'))).toEqual(content);
    t.expect(await readdir(run.at('.chainvisor/staging'))).toEqual([]);

    const again = await prepare(run, ['-o', 'json']);
    t.expect(again).toMatchObject({ code: 0, stderr: '' });
    t.expect(JSON.parse(again.stdout)).toEqual({
      plan: { name: 'v2', height: 100_000 },
      binary: run.at('upgrades/v2/bin/palomad'),
      staged: false,
      warnings: [],
    });
    t.expect(server.requests).toHaveLength(1);

    const soon = { name: 'v2', height: (await heightOf(run)) + 30, info: infoWith(url) };
    await run.home.setChain({ plans: [soon] });
    await supervisor.saw(/upgrade verified/);
    await run.reached(soon.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [soon]);
  });

  it('says so where nothing is planned', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await run.reached(2);
    t.expect(await prepare(run)).toMatchObject({ code: 0, stdout: 'no upgrade is planned', stderr: '' });
    const json = await prepare(run, ['--output', 'json']);
    t.expect(JSON.parse(json.stdout)).toEqual({ plan: null, binary: null, staged: false, warnings: [] });
    await expectCleanStop(t.expect, run, supervisor);
  });

  it.for([
    { title: 'in lower case, where the supervisor looks', env: {}, directory: 'v2-rho' },
    { title: 'as it is, where that is asked for', env: { COSMOVISOR_DISABLE_RECASE: 'true' }, directory: 'V2-Rho' },
  ])('takes the name of the plan $title', async ({ env, directory }, t) => {
    const { run } = await planned(t, { name: 'V2-Rho' });
    t.expect(await prepare(run, [], env)).toMatchObject({ code: 0 });
    t.expect(await readdir(run.at('upgrades'))).toEqual([directory]);
  });

  it('says what failed and what to do, and leaves nothing', async (t) => {
    const { run, server } = await planned(t);
    server.serve('/palomad', 'something else');
    const told = await prepare(run);
    t.expect(told).toMatchObject({ code: 68, stdout: '' });
    t.expect(told.stderr).toMatch(/^Error: .*is not the file that was promised.*\n {2}do: /);
    t.expect(existsSync(run.at('upgrades/v2'))).toBe(false);
    t.expect(await readdir(run.at('.chainvisor/staging'))).toEqual([]);
  });

  it('asks for a checksum where the settings do', async (t) => {
    const { run, server, url } = await planned(t);
    await run.home.setChain({ plans: [{ name: 'v2', height: 100_000, info: infoWith(url) }] });
    await run.reached((await heightOf(run)) + 2);
    const env = { DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM: 'true' };
    const refused = await prepare(run, [], env);
    t.expect(refused.code).toBe(68);
    t.expect(refused.stderr).toMatch(/has no checksum, and one is required/);
    t.expect(server.requests).toEqual([]);
    t.expect((await prepare(run)).stdout).toMatch(/warning: the plan names no checksum/);
  });

  it('says so where the node does not answer', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const told = await prepare(run);
    t.expect(told).toMatchObject({ code: 74, stdout: '' });
    t.expect(told.stderr).toMatch(/does not tell its upgrade plan\n {2}why: .*ECONNREFUSED.*\n {2}do: .*--node/);
  });

  it('takes no other node for ours, unless that one was named', async (t) => {
    const { run: other } = await planned(t);
    const run = await fakeRun(t, { chain: {} });
    await mkdir(run.home.home, { recursive: true });
    const env = { PALOMAD_RPC_LADDR: `tcp://127.0.0.1:${other.home.rpcPort}` };
    const refused = await prepare(run, [], env);
    t.expect(refused.code).toBe(74);
    t.expect(refused.stderr).toMatch(/why: another node answers \(.*, \w{40}\) than that of .* \(\w{40}\)/);
    const told = await prepare(run, ['--node', `tcp://127.0.0.1:${other.home.rpcPort}`]);
    t.expect(told).toMatchObject({ code: 0 });
    t.expect(existsSync(run.at('upgrades/v2/bin/palomad'))).toBe(true);
  });
});

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

describe.skipIf(!isRoot)('prepare-upgrade as root (skipped for others)', () => {
  it('is the user who owns the home, whatever the umask: the node finds what it may use', async (t) => {
    const server = await releaseServer(t);
    const said = await writeScript(join(await mkdtemp(join(tmpdir(), 'said-')), 'palomad'), 'echo v2-$(id -u)');
    t.onTestFinished(() => rm(dirname(said), { recursive: true }));
    const content = await readFile(said);
    const info = infoWith(server.serve('/palomad', content) + checksumQuery(content));
    const plan = { name: 'v2', height: 100_000, info };
    const run = await fakeRun(t, { chain: { plans: [plan], scheduleLead: 'start' } });
    const supervisor = run.start();
    await run.reached(2);
    execFileSync('chown', ['-R', `${nobody}`, run.home.home]);
    execFileSync('chown', ['-R', '0', run.at()]);
    execFileSync('chown', [`${nobody}`, run.at('upgrades')]);
    await chmod(run.home.dir, 0o755);
    const refused = await prepare(run);
    t.expect(refused.code).toBe(68);
    t.expect(refused.stderr).toMatch(/EACCES.*\.chainvisor[^]*do: .*access/);

    execFileSync('chown', ['-R', `${nobody}`, run.at()]);
    const told = await prepare(run);
    t.expect(told).toMatchObject({ code: 0, stderr: '' });
    t.expect(told.stdout).toContain(`version v2-${nobody}`);
    for (const path of ['upgrades/v2', 'upgrades/v2/bin/palomad', 'upgrades/v2/staged.json']) {
      t.expect((await stat(run.at(path))).uid).toBe(nobody);
    }
    await expectCleanStop(t.expect, run, supervisor);
  });
});

describe.concurrent('a start warns of a staged binary', () => {
  it('that needs a library which is nowhere, and names it; not of one that was upgraded away from', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const elf = await readFile(process.execPath);
    const at = elf.indexOf('libm.so.6\0');
    t.expect(at, 'Node is linked to libm').toBeGreaterThan(0);
    const needy = elf.subarray();
    needy.write('libw.so.9', at, 'latin1');
    await mkdir(run.at('upgrades/v2/bin'), { recursive: true });
    await writeFile(run.at('upgrades/v2/bin/palomad'), needy);
    await chmod(run.at('upgrades/v2/bin/palomad'), 0o755);
    const supervisor = run.start();
    const line = await supervisor.saw(/WRN a staged binary will not run upgrade=v2/);
    t.expect(line).toMatch(
      /reason=".*needs libw\.so\.9, which is nowhere where the dynamic loader looks" do="put it into .*upgrades\/v2\/lib/,
    );
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
  });
});
