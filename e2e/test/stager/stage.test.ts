import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { sha256 } from '../../src/releases.ts';
import { assetName, farAway, flawOf, leftovers, stagerRun, upgradesOf } from '../../src/stager.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 3 });

const silent = { code: 0, signal: null, stdout: '', stderr: '' };

describe.concurrent('the stager, in the environment of cron', () => {
  it('stages the next plan of the node in one line, then has nothing to say, and check is READY', async (t) => {
    const { run, server, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    const asset = await publish('v2');
    await startNode();
    const missing = await stager(['check']);
    t.expect(missing.code).toBe(75);
    t.expect(missing.stdout).toMatch(
      /^NOT READY: "v2" for height 1000000, in \d+ blocks \(scheduled on chain\)\n {2}why: there is no binary in /,
    );

    const first = await stager(['stage']);
    t.expect(first).toMatchObject({ code: 0, stderr: '' });
    const url = `${server.url}/palomachain/paloma/releases/download/v2/${assetName}`;
    t.expect(first.stdout).toBe(
      `staged "v2" for height ${farAway} in ${run.at('upgrades/v2')}, from ${url}, sha256 ${sha256(asset)}, version v2; named by release v2 of palomachain/paloma, ${assetName}, checksum by checksums.txt\n`,
    );
    t.expect(await flawOf(run, 'v2')).toBeUndefined();
    t.expect(await upgradesOf(run)).toEqual(['v2']);
    t.expect((await readdir(run.at('upgrades/v2'))).sort()).toEqual(['bin', 'staged.json']);
    t.expect((await stat(run.at('upgrades/v2/bin/palomad'))).mode & 0o777).toBe(0o755);
    t.expect(await leftovers(run)).toEqual([]);

    const before = await treeOf(run.at('upgrades'));
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect(await treeOf(run.at('upgrades'))).toEqual(before);

    const ready = await stager(['check']);
    t.expect(ready).toMatchObject({ code: 0, stderr: '' });
    t.expect(ready.stdout).toMatch(/^READY: "v2" for height 1000000, in \d+ blocks/);
    t.expect(ready.stdout).toContain(`binary: ${run.at('upgrades/v2/bin/palomad')}, version v2\n`);
    t.expect(ready.stdout).not.toContain('warning');
    const data = JSON.parse((await stager(['check', '--output', 'json'])).stdout) as unknown;
    t.expect(data).toMatchObject({
      ready: true,
      plan: { name: 'v2', height: farAway },
      version: 'v2',
      findings: [],
      chain: { reachable: true },
    });
    const list = await stager(['list']);
    t.expect(list.stdout).toMatch(
      /^v2, runs, planned for height 1000000\n {2}v2, staged .*\nheight \d+: "v2" is planned for height 1000000, and staged\n$/,
    );
  });

  it('says nothing with --quiet, and all with --output json', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await startNode();
    t.expect(await stager(['stage', '--quiet'])).toEqual(silent);
    await rm(run.at('upgrades/v2'), { recursive: true });
    const { stdout } = await stager(['stage', '--output', 'json']);
    t.expect(JSON.parse(stdout)).toMatchObject({
      state: 'staged',
      plan: { name: 'v2', height: farAway },
      record: { version: 'v2' },
      warnings: [],
    });
    const again = await stager(['stage', '--output', 'json']);
    t.expect(JSON.parse(again.stdout)).toMatchObject({ state: 'present', record: null });
  });

  it('changes nothing in a dry run', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await startNode();
    const before = await treeOf(run.at());
    const { code, stdout, stderr } = await stager(['stage', '--dry-run']);
    t.expect([code, stderr]).toEqual([0, '']);
    t.expect(stdout).toContain('would stage "v2" for height 1000000');
    t.expect(stdout).toContain("plan info: the plan's info is empty");
    t.expect(await treeOf(run.at())).toEqual(before);
  });

  it('has nothing to do where nothing is planned', async (t) => {
    const { stager, startNode } = await stagerRun(t);
    await startNode();
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect(await stager(['check'])).toMatchObject({ code: 0, stdout: 'READY: nothing is planned\n' });
  });

  it('stages an upgrade by its name, also while the node is down', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('v3');
    const { code, stdout } = await stager(['stage', 'v3']);
    t.expect([code, stdout.startsWith('staged "v3" in ')]).toEqual([0, true]);
    t.expect(await flawOf(run, 'v3')).toBeUndefined();
    const check = await stager(['check', 'v3']);
    t.expect(check.code).toBe(0);
    t.expect(check.stdout).toMatch(/^READY: "v3" \(given by name; the node does not answer\)/);
  });

  it('puts an upgrade where the supervisor looks for it, whatever the letters of its name', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('V3/Ångström', 'v3');
    t.expect((await stager(['stage', 'V3/Ångström'])).code).toBe(0);
    t.expect(await upgradesOf(run)).toEqual(['v3%2F%C3%A5ngstr%C3%B6m']);
    const kept = await stager(['stage', 'V3/Ångström'], { COSMOVISOR_DISABLE_RECASE: 'true' });
    t.expect(kept.code).toBe(0);
    t.expect(await upgradesOf(run)).toEqual(['V3%2F%C3%85ngstr%C3%B6m', 'v3%2F%C3%A5ngstr%C3%B6m']);
  });
});

describe.concurrent('what is there already', () => {
  it('is left alone where it runs, whoever put it there', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await run.stage('v2');
    await startNode();
    const before = await treeOf(run.at('upgrades'));
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect(await treeOf(run.at('upgrades'))).toEqual(before);
    const { code, stdout } = await stager(['check']);
    t.expect([code, stdout.includes('warning: nothing is on record of where it came from')]).toEqual([0, true]);
  });

  it('is left alone beside bin/, and said', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await run.home.stage('v2', { profile: run.profile, version: 'v2' }, { withoutBin: true });
    await startNode();
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect((await stager(['check'])).stdout).toContain('warning: it lies beside bin/');
  });

  it.for([
    ['an empty directory', async () => {}],
    ['a text', async (path: string) => writeFile(path, 'Not Found\n')],
    ['an empty file', async (path: string) => writeFile(path, '')],
    [
      'a file without the execute bit',
      async (path: string) => {
        await writeFile(path, '#!/bin/sh\n');
        await chmod(path, 0o644);
      },
    ],
  ] as const)('makes room where it is no program: %s', async ([, make], t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await mkdir(run.at('upgrades/v2/bin'), { recursive: true });
    await make(run.at('upgrades/v2/bin/palomad'));
    await writeFile(run.at('upgrades/v2/notes'), 'mine');
    await startNode();
    t.expect((await stager(['check'])).code).toBe(75);
    t.expect((await stager(['stage'])).code).toBe(0);
    t.expect(await flawOf(run, 'v2')).toBeUndefined();
    const [aside = ''] = await readdir(run.at('.chainvisor/quarantine'));
    t.expect(await readFile(run.at('.chainvisor/quarantine', aside, 'notes'), 'utf8')).toBe('mine');
  });
});

describe.concurrent('a binary that is not right', () => {
  it('is not placed where it will not run, and the reason is told', async (t) => {
    const { run, stager, publish, server } = await stagerRun(t);
    await publish('v2');
    const broken = Buffer.from('#!/nonexistent/interpreter\n');
    server.publish({
      repository: 'palomachain/paloma',
      tag: 'v2',
      assets: { 'palomad-linux-amd64': broken, 'checksums.txt': `${sha256(broken)}  palomad-linux-amd64\n` },
    });
    const { code, stdout, stderr } = await stager(['stage', 'v2']);
    t.expect([code, stdout]).toEqual([67, '']);
    t.expect(stderr).toMatch(/^Error: palomad will not run here: .*\/nonexistent\/interpreter/);
    t.expect(stderr).toMatch(/\n {2}do: /);
    t.expect(await upgradesOf(run)).toEqual([]);
    t.expect(await leftovers(run)).toEqual([]);
  });

  it('of another version is placed with a warning, and refused where the operator asked for that', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('v2', 'v3');
    const strict = { CHAINVISOR_STAGER_REQUIRE_VERSION: 'true' };
    const refused = await stager(['stage', 'v2'], strict);
    t.expect(refused.code).toBe(67);
    t.expect(refused.stderr).toContain('palomad says it is v3, the plan is v2');
    t.expect(await upgradesOf(run)).toEqual([]);
    const staged = await stager(['stage', 'v2']);
    t.expect(staged.code).toBe(0);
    t.expect(staged.stdout).toContain('\nwarning: palomad says it is v3, the plan is v2\n');
    t.expect((await stager(['check', 'v2'])).code).toBe(0);
    t.expect((await stager(['check', 'v2'], strict)).code).toBe(75);
  });

  it('that was changed since it was staged is said by check', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('v2');
    await stager(['stage', 'v2']);
    await run.stage('v2');
    const { stdout } = await stager(['check', 'v2']);
    t.expect(stdout).toMatch(/^NOT READY: .*\n {2}why: it is another file than the one that was staged on /);
  });
});

describe.concurrent('a home', () => {
  it('without cosmovisor/ is refused, with what to do', async (t) => {
    const { run, stager } = await stagerRun(t);
    const empty = join(run.home.dir, 'empty');
    await mkdir(empty);
    const { code, stderr } = await stager(['stage', '--home', empty]);
    t.expect(code).toBe(78);
    t.expect(stderr).toContain(`Error: there is no directory ${empty}/cosmovisor`);
    t.expect(stderr).toContain('the home is from --home');
    t.expect(stderr).toContain('do: let the supervisor make it');
    t.expect(await readdir(empty)).toEqual([]);
  });

  it('without upgrades/ gets one', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await rm(run.at('upgrades'), { recursive: true });
    await publish('v2');
    t.expect((await stager(['stage', 'v2'])).code).toBe(0);
    t.expect(await flawOf(run, 'v2')).toBeUndefined();
  });
});
