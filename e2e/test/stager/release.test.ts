import { waitFor } from '@chainvisor/testkit';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { sha256 } from '../../src/releases.ts';
import { dryRun } from '../../src/stager-answers.ts';
import { assetName, flawOf, repository, stagerRun, upgradesOf } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

const pathOf = (name: string) => `/${repository}/releases/download/v2/${name}`;

describe.concurrent('a release', () => {
  it('is asked for with a token that nobody else gets to see', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    const file = join(all.run.home.dir, 'token');
    await writeFile(file, 'ghp_secret\n');
    const env = { CHAINVISOR_STAGER_RELEASE_TOKEN_FILE: file };
    const staged = await all.stager(['stage', 'v2', '--verbose'], env);
    t.expect(staged.code).toBe(0);
    const asked = all.server.requests.map(({ path, headers }) => [path.startsWith('/repos/'), headers.authorization]);
    t.expect(asked.filter(([isApi]) => isApi)).toEqual([[true, 'Bearer ghp_secret']]);
    t.expect(asked.filter(([isApi, token]) => isApi !== true && token !== undefined)).toEqual([]);
    const config = await all.stager(['config'], env);
    t.expect(config.stdout).toContain(`release.token_file = ${file}`);
    t.expect(staged.stdout + staged.stderr + config.stdout).not.toContain('ghp_secret');
    await writeFile(file, 'two words\n');
    const refused = await all.stager(['stage', 'v2'], env);
    t.expect([refused.code, refused.stderr.includes('two words')]).toEqual([78, false]);
  });

  it('is found by the beginning of its version, and the asset that the operator names is taken', async (t) => {
    const all = await stagerRun(t);
    const bytes = await all.archive('v31.0.2');
    all.server.publish({ repository, tag: 'v31.0.1', assets: { [assetName]: 'old' } });
    all.server.publish({
      repository,
      tag: 'v31.0.2',
      assets: { 'special-linux.tgz': bytes, [assetName]: 'x', sums: '' },
    });
    const env = { CHAINVISOR_STAGER_RELEASE_ASSET: 'special-{os}.tgz' };
    const found = await dryRun(all, env, 'v31');
    t.expect(found.fetch?.url).toMatch(/\/v31\.0\.2\/special-linux\.tgz$/);
    const wrong = await all.stager(['stage', 'v31'], { CHAINVISOR_STAGER_RELEASE_ASSET: 'none' });
    t.expect(wrong.code).toBe(65);
    t.expect(wrong.stderr).toContain(`has no file none, only special-linux.tgz, ${assetName}, sums`);
    t.expect((await all.stager(['stage', 'v31'], env)).code).toBe(0);
    t.expect(await flawOf(all.run, 'v31')).toBeUndefined();
  });

  it('that leaves a choice is reported, not guessed', async (t) => {
    const all = await stagerRun(t);
    all.server.publish({
      repository,
      tag: 'v2',
      assets: { 'palomad-linux-amd64-a': 'a', palomad_linux_amd64: 'b', 'palomad-linux-x86_64': 'c' },
    });
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(65);
    t.expect(stderr).toMatch(
      /release: several files of release v2 of palomachain\/paloma could be meant: .*palomad-linux-x86_64/,
    );
    t.expect(stderr).toContain('do: name it: [release] asset = ');
  });

  it.for<[what: string, reply: { status: number } | { json: unknown }, code: number, said: string]>([
    ['that limits how often it is asked', { status: 403 }, 74, 'set [release] token_file'],
    ['that has trouble', { status: 503 }, 74, 'HTTP 503'],
    ['that is none', { json: 'hello' }, 74, 'does not answer as a release API'],
  ])('of an API %s is an error that may pass', async ([, reply, code, said], t) => {
    const all = await stagerRun(t);
    all.server.serve(`/repos/${repository}/releases/tags/v2`, reply);
    const end = await all.stager(['stage', 'v2']);
    t.expect(end.code).toBe(code);
    t.expect(end.stderr).toContain(said);
    t.expect(end.stderr.includes('token_file')).toBe(said.includes('token_file'));
  });

  it('whose list of checksums is of other bytes than lie there contradicts itself', async (t) => {
    const all = await stagerRun(t);
    const assets = { [assetName]: 'replaced', 'checksums.txt': `${sha256(Buffer.from('published'))}  ${assetName}\n` };
    all.server.publish({ repository, tag: 'v2', assets });
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(65);
    t.expect(stderr).toContain(`Error: release v2 contradicts itself about ${assetName}`);
    t.expect(await upgradesOf(all.run)).toEqual([]);
  });

  it('that was replaced after it was staged is reported by stage and check, until it is staged anew', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await all.stager(['stage', 'v2']);
    await all.publish('v2', 'v2.0.1');
    const replaced = await all.stager(['stage', 'v2']);
    t.expect([replaced.code, replaced.stdout]).toEqual([65, '']);
    t.expect(replaced.stderr).toContain('Error: what is staged for "v2" is not what is published now');
    t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
    const check = await all.stager(['check', 'v2']);
    t.expect([check.code, check.stdout.includes('why: it is not what is published now')]).toEqual([75, true]);
    await rm(all.run.at('upgrades/v2'), { recursive: true });
    t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
    t.expect((await all.stager(['check', 'v2'])).stdout).toContain('version v2.0.1');
  });

  it('that cannot be asked any more does not trouble what is staged', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await all.stager(['stage', 'v2']);
    await all.server.close();
    t.expect(await all.stager(['stage', 'v2'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    t.expect((await all.stager(['check', 'v2'])).code).toBe(0);
  });
});

describe.concurrent("a release's list of checksums", () => {
  const other = 'ab'.repeat(32);

  it.for<[what: string, list: string, said: string]>([
    [
      'that names our file twice',
      `${other}  ${assetName}\n${'cd'.repeat(32)}  ${assetName}\n`,
      'has 2 different checksums for',
    ],
    ['that is none', '<html>Sign in</html>', 'it has no line with a checksum at all'],
  ])('%s is told of where the release API has the checksum', async ([, list, said], t) => {
    const all = await stagerRun(t);
    const body = await all.archive('v2');
    all.server.publish({ repository, tag: 'v2', assets: { [assetName]: body, 'checksums.txt': list } });
    const dry = await all.stager(['stage', 'v2', '--dry-run']);
    t.expect(dry.stdout).toMatch(/\n {2}warning: .*checksums\.txt/);
    const { code, stdout } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(0);
    t.expect(stdout).toMatch(/^staged "v2" .*checksum by the release API\nwarning: .*checksums\.txt/);
    t.expect(stdout).toContain(said);
    t.expect(stdout).toContain('the checksum that the release API tells was used');
  });

  it('that its server cannot send just now gives way to a source that has one', async (t) => {
    const all = await stagerRun(t);
    const body = await all.archive('v2');
    all.server.publish({ repository, tag: 'v2', digests: false, assets: { [assetName]: body, 'checksums.txt': 'x' } });
    all.server.serve(pathOf('checksums.txt'), { status: 503 });
    const refused = await all.stager(['stage', 'v2']);
    t.expect([refused.code, refused.stdout]).toEqual([74, '']);
    t.expect(refused.stderr).toMatch(/release: .*checksums\.txt.*HTTP 503/);
    t.expect(refused.stderr).not.toContain('token_file');
    const mirror = all.server.serve(`/mirror/v2/${assetName}`, body);
    all.server.serve('/mirror/v2/sums', `${sha256(body)}  ${assetName}\n`);
    const env = {
      CHAINVISOR_STAGER_TEMPLATE_URLS: mirror.replace('/v2/', '/{name}/'),
      CHAINVISOR_STAGER_TEMPLATE_CHECKSUM: `file:${all.server.url}/mirror/{name}/sums`,
    };
    t.expect((await all.stager(['stage', 'v2'], env)).code).toBe(0);
    t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
  });

  it('is not passed over by a run that is asked to end', async (t) => {
    const all = await stagerRun(t);
    const body = await all.archive('v2');
    all.server.publish({ repository, tag: 'v2', assets: { [assetName]: body, 'checksums.txt': 'x' } });
    all.server.serve(pathOf('checksums.txt'), { body: 'x'.repeat(100), stall: 'headers' });
    const started = all.start(['stage', 'v2', '--dry-run']);
    const asked = () => all.server.requests.some(({ path }) => path === pathOf('checksums.txt'));
    await waitFor('the list is asked for', asked);
    started.kill('SIGTERM');
    t.expect(await started.ended).toMatchObject({ code: 143, stdout: '', stderr: '' });
  });
});
