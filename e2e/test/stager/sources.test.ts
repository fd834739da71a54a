import { describe, it, type TestContext, vi } from 'vitest';

import { sha256 } from '../../src/releases.ts';
import { dryRun, winner, writeConfig } from '../../src/stager-answers.ts';
import { assetName, flawOf, leftovers, repository, type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

async function withPlan(t: TestContext, info: string | ((url: string) => string)): Promise<StagerRun> {
  const all = await stagerRun(t);
  const text = typeof info === 'string' ? info : info(all.server.url);
  await all.run.home.setChain({ plans: [{ name: 'v2', height: 1_000_000, info: text }] });
  await all.startNode();
  return all;
}

const map = (url: string) => JSON.stringify({ binaries: { 'linux/amd64': url, 'linux/arm64': url } });

describe.concurrent('of all sources at hand', () => {
  it('the first in their order wins, each can be switched off, and each tells why it did not win', async (t) => {
    const all = await stagerRun(t);
    const { server, run } = all;
    const bytes = await all.publish('v2');
    const sum = sha256(bytes);
    const [byInfo, byTable, byTemplate] = ['info', 'table', 'template'].map((place) =>
      server.serve(`/${place}/v2/${assetName}`, bytes),
    );
    server.serve('/template/v2/sums.txt', `${sum}  ./${assetName}\n`);
    await writeConfig(
      all,
      `[upgrades.v2]\nurl = "${byTable}"\nchecksum = "sha256:${sum}"\n[template]\nurls = ["${server.url}/template/{name}/${assetName}"]\nchecksum = "file:${server.url}/template/{name}/sums.txt"\n`,
    );
    await run.home.setChain({
      plans: [{ name: 'v2', height: 1_000_000, info: map(`${byInfo}?checksum=sha256:${sum}`) }],
    });
    await all.startNode();

    const urls = [
      `${byInfo}?checksum=sha256:${sum}`,
      byTable,
      `${server.url}/${repository}/releases/download/v2/${assetName}`,
      byTemplate,
    ];
    const order = ['plan info', 'table', 'release', 'template'];
    const off: Record<string, string> = {};
    for (const [index, source] of order.entries()) {
      const found = await dryRun(all, off);
      t.expect(winner(found)).toBe(source);
      t.expect(found.fetch).toMatchObject({ url: urls[index], checksum: `sha256:${sum}` });
      t.expect(found.sources.map((each) => each.source)).toEqual(order);
      for (const [at, { reason }] of found.sources.entries()) {
        const key = order[at]?.replace(' ', '_');
        t.expect(reason).toBe(
          at < index ? `switched off: [sources] ${key} = false` : at === index ? null : `names ${urls[at]} too`,
        );
      }
      off[`CHAINVISOR_STAGER_SOURCES_${source.replace(' ', '_').toUpperCase()}`] = 'false';
    }
    const { code, stderr } = await all.stager(['stage', '--dry-run'], off);
    t.expect(code).toBe(65);
    t.expect(stderr).toContain('Error: no source names the binary of "v2"');
  });

  it('two that promise other bytes stop it, both are reported, and nothing is fetched', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    const other = 'ab'.repeat(32);
    await writeConfig(all, `[upgrades.v2]\nurl = "https://127.0.0.1:1/${assetName}"\nchecksum = "sha256:${other}"\n`);
    const { code, stdout, stderr } = await all.stager(['stage', 'v2']);
    t.expect([code, stdout]).toEqual([65, '']);
    t.expect(stderr).toContain('Error: two sources disagree about the binary of "v2"');
    t.expect(stderr).toContain(
      `[upgrades."v2"] in ${all.run.at('stager.toml')}: https://127.0.0.1:1/${assetName} is sha256:${other}`,
    );
    t.expect(stderr).toMatch(/release v2 of palomachain\/paloma, .*: http.* is sha256:(?!abab)/);
    t.expect(await upgradesOf(all.run)).toEqual([]);
  });

  it('one without a checksum counts only where none is required', async (t) => {
    const all = await stagerRun(t);
    const { server } = all;
    server.serve(`/v2/${assetName}`, await all.archive('v2'));
    const env = { CHAINVISOR_STAGER_TEMPLATE_URLS: `${server.url}/{name}/${assetName}` };
    const refused = await all.stager(['stage', 'v2'], env);
    t.expect(refused.code).toBe(65);
    t.expect(refused.stderr).toContain(
      `template: names ${server.url}/v2/${assetName} without a checksum, and one is required`,
    );
    t.expect(server.requests.filter(({ path }) => path.endsWith('.gz'))).toEqual([]);
    const taken = await all.stager(['stage', 'v2'], { ...env, CHAINVISOR_STAGER_REQUIRE_CHECKSUM: 'false' });
    t.expect(taken.code).toBe(0);
    t.expect(taken.stdout).toContain('(no checksum was published)');
    t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
  });

  it('one whose file is not there gives way to the next, with a warning', async (t) => {
    const all = await stagerRun(t);
    const bytes = await all.publish('v2');
    const gone = `${all.server.url}/gone/${assetName}`;
    await writeConfig(all, `[upgrades.v2]\nurl = "${gone}"\nchecksum = "sha256:${sha256(bytes)}"\n`);
    const { code, stdout } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(0);
    t.expect(stdout).toMatch(/^staged "v2" .*named by release v2 /);
    t.expect(stdout).toMatch(/\nwarning: \[upgrades\."v2"\] in .*: .*\/gone\/.*not found \(HTTP 404\)\n$/);
  });

  it('one whose file is not there is a 404, and leaves nothing, where there is no other', async (t) => {
    const all = await stagerRun(t);
    const gone = `${all.server.url}/gone/${assetName}`;
    await writeConfig(
      all,
      `[upgrades.v2]\nurl = "${gone}"\nchecksum = "sha256:${'ab'.repeat(32)}"\n[sources]\nrelease = false\n`,
    );
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(74);
    t.expect(stderr).toContain(`Error: ${gone}: not found (HTTP 404)`);
    t.expect(await upgradesOf(all.run)).toEqual([]);
    t.expect(await leftovers(all.run)).toEqual([]);
  });

  it('one whose bytes are not what it promises is an error, and the next is not tried', async (t) => {
    const all = await stagerRun(t);
    const bytes = await all.publish('v2');
    const url = all.server.serve('/mirror/palomad.tar.gz', bytes);
    await writeConfig(all, `[upgrades.v2]\nurl = "${url}"\nchecksum = "sha256:${'ab'.repeat(32)}"\n`);
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(65);
    t.expect(stderr).toContain('is not the file that was promised');
    t.expect(await upgradesOf(all.run)).toEqual([]);
    t.expect(await leftovers(all.run)).toEqual([]);
  });
});

describe.concurrent("the plan's info", () => {
  const info = { CHAINVISOR_STAGER_SOURCES_RELEASE: 'false' };
  const sum = 'ab'.repeat(32);
  const url = `https://h.example/v2/palomad?checksum=sha256:${sum}`;

  it.for<[what: string, info: string]>([
    ['a map', map(url)],
    ['a map with unknown keys', JSON.stringify({ docker: 'x', binaries: { 'linux/amd64': url, docker: 'y' } })],
    ['any', JSON.stringify({ binaries: { 'darwin/arm64': 'https://h.example/mac', any: url } })],
  ])('is used: %s', async ([, text], t) => {
    const all = await withPlan(t, text);
    const found = await dryRun(all, info);
    t.expect([winner(found), found.fetch?.url, found.fetch?.checksum]).toEqual(['plan info', url, `sha256:${sum}`]);
  });

  it.for<[what: string, info: string, why: RegExp]>([
    ['empty', '', /plan info: the plan's info is empty/],
    ['prose', 'see note:v2 in the forum', /plan info: the plan's info is text that names no binary: "see note:v2/],
    ['a path', '/tmp/palomad', /plan info: the plan's info is text that names no binary/],
    ['broken JSON', `{"binaries":{"linux/amd64":"${url}",}}`, /plan info: the plan's info is broken JSON: /],
    [
      'only other platforms',
      JSON.stringify({ binaries: { 'darwin/arm64': url } }),
      /plan info: the plan's info names no binary for linux\/\w+, only for darwin\/arm64/,
    ],
    [
      'a map without checksums',
      map('https://h.example/v2/palomad'),
      /plan info: names .*palomad without a checksum, and one is required/,
    ],
    [
      'a checksum that proves nothing',
      map(`https://h.example/p?checksum=md5:${'ab'.repeat(16)}`),
      /plan info: names .* without a checksum/,
    ],
  ])('is not used, and the reason is told: %s', async ([, text, why], t) => {
    const all = await withPlan(t, text);
    const { code, stderr } = await all.stager(['stage'], info);
    t.expect(code).toBe(65);
    t.expect(stderr).toMatch(why);
    t.expect(stderr).toMatch(/\n {2}do: /);
    t.expect(await upgradesOf(all.run)).toEqual([]);
  });

  it('may refer to a document, whose checksum is heeded as well', async (t) => {
    const all = await stagerRun(t);
    const document = map(url);
    const reference = all.server.serve('/info.json', document);
    const schedule = (text: string) =>
      all.run.home.setChain({ plans: [{ name: 'v2', height: 1_000_000, info: text }] });
    await schedule(`${reference}?checksum=sha256:${sha256(Buffer.from(document))}`);
    await all.startNode();
    t.expect(winner(await dryRun(all, info))).toBe('plan info');

    const said = async (name: string) => (await all.stager(['stage', name, '--dry-run'], info)).stderr;
    // By name, of proposals: a running node reads those anew.
    const propose = (text: string) =>
      all.run.home.setChain({
        proposals: [{ id: 1, status: 'voting', plan: { name: 'v3', height: 2_000_000, info: text } }],
      });
    const settled = async (text: string, pattern: RegExp) => {
      await propose(text);
      await vi.waitFor(async () => t.expect(await said('v3')).toMatch(pattern), { timeout: 60_000, interval: 100 });
    };
    await settled(reference, /plan info: .*info\.json has no checksum, and one is required/);
    await settled(`${reference}?checksum=sha256:${sum}`, /^Error: .*info\.json is not the file that was promised/);
    all.server.serve('/other.json', reference);
    const twice = `${all.server.url}/other.json?checksum=sha256:${sha256(Buffer.from(reference))}`;
    await settled(twice, /plan info: .*other\.json.* refers to yet another document/);
    await settled(
      `${all.server.url}/none.json?checksum=sha256:${sum}`,
      /plan info: .*none\.json.*not found \(HTTP 404\)/,
    );
  });
});

describe.concurrent('once a source has named the binary with its checksum', () => {
  it('the others are asked once', async (t) => {
    const all = await stagerRun(t);
    const url = all.server.serve('/mirror/palomad.tar.gz', await all.archive('v2'));
    const sum = sha256(await all.archive('v2'));
    await writeConfig(all, `[upgrades.v2]\nurl = "${url}"\nchecksum = "sha256:${sum}"\n`);
    const api = `/repos/${repository}/releases/tags/v2`;
    all.server.serve(api, { status: 503 });
    const { code } = await all.stager(['stage', 'v2'], { CHAINVISOR_STAGER_ATTEMPTS: '3' });
    t.expect(code).toBe(0);
    t.expect(all.server.requests.filter(({ path }) => path === api)).toHaveLength(1);
  });
});
