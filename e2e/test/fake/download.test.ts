import type { Replier } from '@chainvisor/testkit';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import {
  expectCleanStop,
  expectGivenUp,
  expectMended,
  expectNothingDone,
  expectUpgraded,
  stepsOf,
} from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { checksumQuery, infoWith, releaseBytes, releaseServer } from '../../src/releases.ts';
import type { Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const allowed = { DAEMON_ALLOW_DOWNLOAD_BINARIES: 'true' };
const required = { ...allowed, DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM: 'true' };

/** A chain whose upgrade v2 names a binary on a server of releases, and nothing staged. */
async function planned(t: TestContext, replies: (content: Buffer) => readonly [Replier, ...Replier[]] = (c) => [c]) {
  const server = await releaseServer(t);
  const content = await releaseBytes('0.53', 'v2');
  const url = server.serve('/v2/palomad', ...replies(content));
  const plan = { name: 'v2', height: 5, info: infoWith(url + checksumQuery(content)) };
  const run = await fakeRun(t, { chain: { plans: [plan] } });
  return { run, server, content, url, plan };
}

async function expectDone(
  t: TestContext,
  run: FakeRun,
  supervisor: Supervisor,
  plan: { name: string; height: number },
) {
  await supervisor.saw(/upgrade verified/);
  await run.reached(plan.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [plan]);
  t.expect(await readdir(run.at('.chainvisor/staging'))).toEqual([]);
}

describe.concurrent('where downloads are allowed, a binary that is not there', () => {
  it('is downloaded when its upgrade is due, and the upgrade passes', async (t) => {
    const { run, server, content, url, plan } = await planned(t);
    const supervisor = run.start(required);
    await expectDone(t, run, supervisor, plan);
    t.expect(server.requests.map(({ path }) => path)).toEqual(['/v2/palomad']);
    t.expect(await readFile(run.at('upgrades/v2/bin/palomad'))).toEqual(content);
    t.expect(supervisor.log()).toMatch(/INF downloading the binary that the plan names.* plan=v2/);
    t.expect(supervisor.log()).toContain(`from=${url}`);
    const record = JSON.parse(await readFile(run.at('upgrades/v2/staged.json'), 'utf8')) as object;
    t.expect(record).toMatchObject({ source: url, version: 'v2', checksum: { algorithm: 'sha256', from: 'url' } });
  });

  it('is downloaded once, however often the supervisor is started later', async (t) => {
    const { run, server, plan } = await planned(t);
    await expectDone(t, run, run.start(required), plan);
    const again = run.start(required);
    await run.worked(3);
    await expectCleanStop(t.expect, run, again);
    t.expect(server.requests).toHaveLength(1);
  });

  it('is looked up where the plan refers to', async (t) => {
    const server = await releaseServer(t);
    const content = await releaseBytes('0.53', 'v2');
    const document = Buffer.from(infoWith(server.serve('/palomad', content) + checksumQuery(content)));
    const info = server.serve('/upgrade.json', document) + checksumQuery(document);
    const plan = { name: 'v2', height: 5, info };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    await expectDone(t, run, run.start(required), plan);
    t.expect(server.requests.map(({ path }) => path)).toEqual(['/upgrade.json', '/palomad']);
  });

  it('is downloaded again after a server in trouble and a connection that broke', async (t) => {
    const { run, server, plan } = await planned(t, (body) => [{ status: 503 }, { body, cut: 40 }, body]);
    const supervisor = run.start(required);
    await expectDone(t, run, supervisor, plan);
    t.expect(server.requests).toHaveLength(3);
    t.expect(supervisor.log().match(/WRN the download failed, it is tried again/g)).toHaveLength(2);
  });

  it.for([
    { title: 'half of a download', path: 'upgrades/v2/bin/palomad' },
    { title: 'a binary that was copied to bin before that was a directory', path: 'upgrades/v2/bin' },
  ])('takes the place of what cannot run, which is kept aside: $title', async ({ path }, t) => {
    const { run, plan } = await planned(t);
    await mkdir(dirname(run.at(path)), { recursive: true });
    await writeFile(run.at(path), 'what was there');
    await expectDone(t, run, run.start(required), plan);
    const [kept = ''] = await readdir(run.at('.chainvisor/quarantine'));
    const aside = run.at('.chainvisor/quarantine', kept, relative('upgrades/v2', path));
    t.expect(await readFile(aside, 'utf8')).toBe('what was there');
  });

  it('is not downloaded where one is staged', async (t) => {
    const { run, server, plan } = await planned(t);
    await run.stage('v2');
    const supervisor = run.start(required);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
    t.expect(server.requests).toEqual([]);
  });

  it('is a warning where nothing was published to verify it by, and nobody requires that', async (t) => {
    const server = await releaseServer(t);
    const url = server.serve('/palomad', await releaseBytes('0.53', 'v2'));
    const plan = { name: 'v2', height: 5, info: infoWith(url) };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    const supervisor = run.start(allowed);
    await expectDone(t, run, supervisor, plan);
    t.expect(supervisor.log()).toMatch(/WRN the plan names no checksum/);
  });

  it('never shows the credentials of its address', async (t) => {
    const { run, content, url, plan } = await planned(t);
    const secret = `${url.replace('http://', 'http://me:hush-hush@')}${checksumQuery(content)}&token=open-sesame`;
    const named = { ...plan, info: infoWith(secret) };
    await run.home.setChain({ plans: [named] });
    const supervisor = run.start(required);
    await expectDone(t, run, supervisor, named);
    // The node tells the plan as it is on the chain: there nothing is secret any more.
    const ours = supervisor
      .log()
      .split('\n')
      .filter((line) => / (?:INF|WRN|ERR) .*(?:download|plan names)/.test(line));
    t.expect(ours.length).toBeGreaterThan(1);
    t.expect(ours.join('\n')).not.toMatch(/hush-hush|open-sesame/);
  });
});

describe.concurrent('a download that fails stops the upgrade, leaves nothing and is made by the next start', () => {
  it.for<{ title: string; reply: (content: Buffer) => Replier; env?: Record<string, string>; said: readonly RegExp[] }>(
    [
      { title: 'not there', reply: () => ({ status: 404 }), said: [/not found \(HTTP 404\)/, /\/v2\/palomad/] },
      {
        title: 'something else than was promised',
        reply: () => '#!/bin/sh\ntouch "$HOME/was-run"\n',
        said: [/not the file that was promised/, /sha256:[0-9a-f]{64}/],
      },
      {
        title: 'no program',
        reply: () => 'Service temporarily unavailable\n',
        env: allowed,
        said: [/not the file that was promised/],
      },
    ],
  )('$title', async ({ reply, env = required, said }, t) => {
    const { run, server, content, plan } = await planned(t, (body) => [reply(body)]);
    const supervisor = run.start(env);
    await expectGivenUp(t.expect, run, supervisor, 68, [
      /upgrade "v2" at height 5: its binary is missing: .*upgrades\/v2\/bin\/palomad, and the download failed/,
      /put the new palomad there/,
      ...said,
    ]);
    await expectNothingDone(t.expect, run, plan);
    t.expect(existsSync(run.at('upgrades/v2'))).toBe(false);
    t.expect(await readdir(run.at('.chainvisor/staging'))).toEqual([]);
    t.expect(existsSync(join(run.home.dir, 'was-run'))).toBe(false);
    server.serve('/v2/palomad', content);
    await expectMended(t.expect, run, plan, env);
  });

  it.for([
    { title: 'the info is empty', info: '', said: [/info is empty/] },
    { title: 'the info is prose', info: 'see the forum', said: [/text that names no binary: "see the forum"/] },
    { title: 'the info is broken', info: "{'binaries':{}}", said: [/broken JSON/] },
    {
      title: 'only other platforms have one',
      info: '{"binaries":{"plan9/mips":"https://127.0.0.1:1/x?checksum=sha256:00"},"docker":"x"}',
      said: [/only for plan9\/mips/],
    },
  ])('$title', async ({ info, said }, t) => {
    const plan = { name: 'v2', height: 5, ...(info === '' ? {} : { info }) };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    await expectGivenUp(t.expect, run, run.start(required), 68, [/and the download failed/, ...said]);
    await expectNothingDone(t.expect, run, plan);
    await run.stage('v2');
    await expectMended(t.expect, run, plan, required);
  });

  it.for([
    { title: 'the binary', reference: false },
    { title: 'the document that the plan refers to', reference: true },
  ])('$title has no checksum, and one is required: nothing is asked', async ({ reference }, t) => {
    const server = await releaseServer(t);
    const url = server.serve('/palomad', await releaseBytes('0.53', 'v2'));
    const info = reference ? server.serve('/upgrade.json', infoWith(url)) : infoWith(url);
    const plan = { name: 'v2', height: 5, info };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    await expectGivenUp(t.expect, run, run.start(required), 68, [/has no checksum, and one is required/]);
    await expectNothingDone(t.expect, run, plan);
    t.expect(server.requests).toEqual([]);
  });

  it('the binary that a verified document names has no checksum, and one is required: it is not asked for', async (t) => {
    const server = await releaseServer(t);
    const document = Buffer.from(infoWith(server.serve('/palomad', await releaseBytes('0.53', 'v2'))));
    const plan = { name: 'v2', height: 5, info: server.serve('/upgrade.json', document) + checksumQuery(document) };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    await expectGivenUp(t.expect, run, run.start(required), 68, [/has no checksum, and one is required/]);
    t.expect(server.requests.map(({ path }) => path)).toEqual(['/upgrade.json']);
  });
});

describe.concurrent('a download that goes on', () => {
  it.for(['SIGKILL', 'SIGTERM'] as const)(
    'leaves nothing where the supervisor gets %s, and the next start makes it',
    async (signal, t) => {
      const { run, server, content, plan } = await planned(t, (body) => [{ body, stall: 40 }]);
      const supervisor = run.start(required);
      await t.expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(1);
      supervisor.kill(signal);
      t.expect(await supervisor.ended).toEqual(
        signal === 'SIGKILL' ? { code: null, signal } : { code: 143, signal: null },
      );
      t.expect(existsSync(run.at('upgrades/v2'))).toBe(false);
      if (signal === 'SIGTERM') t.expect(await readdir(run.at('.chainvisor/staging'))).toEqual([]);
      server.serve('/v2/palomad', content);
      await expectDone(t, run, run.start(required), plan);
    },
  );

  it('is made useless by a binary that somebody else stages meanwhile, which is taken', async (t) => {
    const { run, server, plan } = await planned(t, (body) => [{ body, stall: 40 }, { status: 404 }]);
    const supervisor = run.start(required);
    await t.expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(1);
    await run.stage('v2');
    await server.close();
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
  });
});

describe.concurrent('with a custom script', () => {
  it('a download that fails is no end: the script may bring the binary', async (t) => {
    const { run, plan } = await planned(t, () => [{ status: 404 }]);
    const staged = await run.stage('v9');
    await writeScript(
      run.at('pre.sh'),
      `mkdir -p cosmovisor/upgrades/v2/bin && cp ${staged} cosmovisor/upgrades/v2/bin/palomad`,
    );
    const other = await releaseBytes('0.53', 'v2');
    await writeFile(staged, other);
    const supervisor = run.start({ ...required, COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' });
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
    t.expect(supervisor.log()).toMatch(/WRN the download failed reason=".*404/);
    t.expect(await stepsOf(run, plan)).not.toContain('failed');
  });
});
