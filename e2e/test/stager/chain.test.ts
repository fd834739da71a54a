import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { expectCurrent } from '../../src/fake-end.ts';
import { scheduleSoon } from '../../src/soon.ts';
import { farAway, flawOf, stagerRun, upgradesOf } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

const silent = { code: 0, signal: null, stdout: '', stderr: '' };

describe.concurrent('a plan', () => {
  it('that moves, changes its info, is replaced and is cancelled is told in one line each, once', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await startNode();
    t.expect((await stager(['stage'])).code).toBe(0);
    /** The node takes the new plans before its next block. */
    const now = async (plans: readonly { name: string; height: number; info?: string }[]) => {
      const { height = 0 } = (await run.home.status()) ?? {};
      await run.home.setChain({ plans });
      await run.reached(height + 3);
    };
    await now([{ name: 'v2', height: farAway + 5 }]);
    t.expect(await stager(['stage'])).toEqual({
      ...silent,
      stdout: `plan "v2" moved from height ${farAway} to ${farAway + 5}\n`,
    });
    t.expect(await stager(['stage'])).toEqual(silent);
    await now([{ name: 'v2', height: farAway + 5, info: 'read the forum' }]);
    t.expect(await stager(['stage'])).toEqual({ ...silent, stdout: 'the info of plan "v2" changed\n' });
    t.expect(await stager(['stage'])).toEqual(silent);

    await publish('v3');
    await now([{ name: 'v3', height: farAway }]);
    const { code, stdout } = await stager(['stage']);
    t.expect(code).toBe(0);
    t.expect(stdout.split('\n')).toEqual([
      `plan "v2" for height ${farAway + 5} was replaced by "v3" at height ${farAway}; a binary staged for it stays`,
      t.expect.stringMatching(/^staged "v3" for height 1000000 in /),
      '',
    ]);
    await now([]);
    const cancelled = `plan "v3" for height ${farAway} was cancelled; a binary staged for it stays\n`;
    t.expect(await stager(['stage'])).toEqual({ ...silent, stdout: cancelled });
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect(await upgradesOf(run)).toEqual(['v2', 'v3']);
  });

  it('that is told of is told of also where the rest fails', async (t) => {
    const { run, stager, startNode, publish } = await stagerRun(t, { plan: 'v2' });
    await publish('v2');
    await startNode();
    await stager(['stage']);
    const { height = 0 } = (await run.home.status()) ?? {};
    await run.home.setChain({ plans: [{ name: 'v9', height: farAway }] });
    await run.reached(height + 3);
    const { code, stdout, stderr } = await stager(['stage']);
    t.expect(code).toBe(65);
    t.expect(stdout).toMatch(/^plan "v2" for height 1000000 was replaced by "v9"/);
    t.expect(stderr).toContain('no source names the binary of "v9"');
  });

  it('that is voted on is shown, and staged by its name, with what its info says', async (t) => {
    const { run, stager, startNode, server, archive } = await stagerRun(t);
    const url = server.serve('/mine/palomad.tar.gz', await archive('v5'));
    const info = JSON.stringify({ binaries: { any: url } });
    await run.home.setChain({
      proposals: [
        {
          id: 7,
          status: 'voting',
          title: 'Upgrade\nv5',
          plan: { name: 'v5', height: farAway, info },
          votingEnd: Date.UTC(2027, 0, 1),
        },
        { id: 6, status: 'passed', title: 'long ago', plan: { name: 'v1', height: 1 } },
      ],
    });
    await startNode();
    for (const command of ['check', 'list']) {
      const { code, stdout } = await stager([command]);
      t.expect(code).toBe(0);
      t.expect(stdout).toContain(
        `proposal 7 in voting until 2027-01-01T00:00:00.000Z: "v5" for height ${farAway}, "Upgrade v5"`,
      );
      t.expect(stdout).not.toContain('long ago');
    }
    t.expect(await stager(['stage'])).toEqual(silent);
    const staged = await stager(['stage', 'v5'], { CHAINVISOR_STAGER_REQUIRE_CHECKSUM: 'false' });
    t.expect(staged).toMatchObject({ code: 0, stderr: '' });
    t.expect(staged.stdout).toContain(`staged "v5" for height ${farAway}`);
  });
});

describe.concurrent('a node that does not answer', () => {
  it('leaves it to upgrade-info.json, which may name what is not staged yet', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('v2');
    await mkdir(run.at('../data'), { recursive: true });
    await writeFile(run.home.infoFile, JSON.stringify({ name: 'v2', height: 50 }));
    const { code, stdout } = await stager(['stage']);
    t.expect([code, stdout.startsWith('staged "v2" for height 50 ')]).toEqual([0, true]);
    t.expect(await flawOf(run, 'v2')).toBeUndefined();
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect((await stager(['check'])).stdout).toContain('warning: the node does not answer: ');
  });

  it.for([
    ['there is no such file', undefined],
    ['the file names what runs', JSON.stringify({ name: 'v2', height: 50 })],
    ['the file is torn', '{"name":"v3"'],
  ] as const)('is an error where %s', async ([, content], t) => {
    const { run, stager } = await stagerRun(t);
    await run.stage('v2');
    await symlink('upgrades/v2', run.at('current'));
    await mkdir(run.at('../data'), { recursive: true });
    if (content !== undefined) await writeFile(run.home.infoFile, content);
    for (const command of ['stage', 'check']) {
      const { code, stdout, stderr } = await stager([command]);
      t.expect([code, stdout]).toEqual([74, '']);
      t.expect(stderr).toMatch(
        /^Error: what upgrade comes next is not known: the node does not answer\n {2}why: .*ECONNREFUSED/,
      );
      t.expect(stderr).toContain('do: start the node');
    }
  });

  it('is not taken for the one of another chain that has its port, unless the operator names that', async (t) => {
    const { run, stager, startNode } = await stagerRun(t, { plan: 'v2' });
    await run.home.setChain({ rpc: 'foreign' });
    await startNode();
    const { code, stderr } = await stager(['check']);
    t.expect(code).toBe(74);
    t.expect(stderr).toMatch(/another node answers \(.*\) than that of /);
    const named = await stager(['check'], { CHAINVISOR_STAGER_RPC_ADDRESS: run.home.laddr });
    t.expect(named.code).not.toBe(74);
  });
});

describe.concurrent('a running supervisor', () => {
  it('is not disturbed, and finds what was staged beside it when the height comes', async (t) => {
    const { run, stager, publish } = await stagerRun(t);
    await publish('v2');
    const supervisor = run.start();
    await run.worked(1);
    const { code, stdout } = await stager(['stage', 'v2']);
    t.expect([code, stdout.startsWith('staged "v2"')]).toEqual([0, true]);
    const v2 = await scheduleSoon(run, 'v2');
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    // Where it came from goes with it.
    t.expect(JSON.parse(await readFile(run.at('current/staged.json'), 'utf8'))).toMatchObject({ version: 'v2' });
    t.expect(await stager(['stage'])).toEqual(silent);
    t.expect((await stager(['list'])).stdout).toMatch(/^v2, runs, current, made at height \d+\n/);
    await expectCleanStop(t.expect, run, supervisor);
    await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v2');
  });
});
