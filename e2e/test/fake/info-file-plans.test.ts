import { existsSync } from 'node:fs';
import { readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, infoOf, proofOf, stepsOf } from '../../src/fake-checks.ts';
import { executions, livesOf, only } from '../../src/fake-facts.ts';
import { allSteps, blocksLater, expectUndisturbed, heightOf, replaceInfo } from '../../src/fake-info.ts';
import { fakeRun, release } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { slowRpc } from '../../src/slow-rpc.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('the name of a plan', () => {
  it.for([
    { name: 'a/b', directory: 'a%2Fb' },
    { name: 'İΣ', directory: 'i%CF%83' },
    { name: 'V2 RC&1', directory: 'v2%20rc&1' },
    { name: '../../v2', directory: '..%2F..%2Fv2' },
    { name: '...', directory: '...' },
  ])('"$name" belongs in upgrades/$directory', async ({ name, directory }, t) => {
    const plan = { name, height: 6 };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    const path = await run.stage(directory, { version: name, handlers: [name] });
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await stepsOf(run, plan)).toEqual(allSteps);
    t.expect(await currentOf(run.home.home)).toBe(`upgrades/${directory}`);
    t.expect(
      livesOf(await run.home.events())
        .map((life) => life.path)
        .slice(1),
    ).toEqual([path]);
    const record = JSON.parse(await readFile(run.at('upgrades', directory, 'upgrade-info.json'), 'utf8')) as unknown;
    t.expect(record).toMatchObject(plan);
  });

  it.for([
    { name: '..', env: {} },
    { name: '.', env: { COSMOVISOR_DISABLE_RECASE: 'true' } },
    { name: '..', env: { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' } },
    { name: 'x'.repeat(256), env: { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' } },
  ])('"$name" is refused at the height, not before, and nothing is changed (%$)', async ({ name, env }, t) => {
    const plan = { name, height: 30 };
    const run = await fakeRun(t, { chain: { plans: [plan], validator: false } });
    await writeScript(run.at('pre.sh'), `touch "${run.home.dir}/ran"`);
    // Where the name would lead if it were joined to a path.
    for (const at of ['bin/palomad', 'upgrades/bin/palomad']) await run.home.install(run.at(at), release('0.53', 'v2'));
    const supervisor = run.start(env);
    await run.reached(2);
    await replaceInfo(run, infoOf('0.53', plan));
    await supervisor.saw(/not proven to be reached/);
    await blocksLater(run, 10);
    await expectUndisturbed(t.expect, run, supervisor);
    await expectGivenUp(t.expect, run, supervisor, 68, [
      `upgrade "${name}" at height 30 is due and cannot go on`,
      /\n {2}why: .*name/,
      /\n {2}do: .*name/,
    ]);
    t.expect(await heightOf(run)).toBe(29);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(await stepsOf(run, plan)).not.toContain('switched');
    t.expect(existsSync(join(run.home.dir, 'ran'))).toBe(false);
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
  });
});

describe.concurrent('a file that is dropped in long before its height', () => {
  const far = { name: 'v2', height: 40 };
  const text = infoOf('0.53', far);

  it('is not acted on until then, however often it is rewritten and touched', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far], validator: false } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '100ms' });
    await run.reached(2);
    const { infoFile } = run.home;
    const meddlings = [
      () => writeFile(infoFile, text),
      () => replaceInfo(run, text),
      () => utimes(infoFile, new Date(), new Date()),
      () => writeFile(infoFile, infoOf('0.53', { ...far, height: 39 })),
      () => rm(infoFile),
      () => writeFile(infoFile, text),
    ];
    for (const meddle of meddlings) {
      await meddle();
      await blocksLater(run, 4);
      await expectUndisturbed(t.expect, run, supervisor);
    }
    t.expect(await heightOf(run)).toBeLessThan(39);
    await supervisor.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    t.expect(await proofOf(run, far)).toBe('status says height 40');
  });

  it('is not acted on by a restart either', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    await symlink('genesis', run.at('current'));
    await replaceInfo(run, text);
    const first = run.start();
    await run.reached(5);
    await expectCleanStop(t.expect, run, first);
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v1', 'v2']);
  });

  it('waits as well where RPC takes three seconds to answer', async (t) => {
    const slow = { ...far, height: 25 };
    const run = await fakeRun(t, { chain: { plans: [slow], validator: false, blockTime: 200 } });
    const port = await slowRpc(t, run.home.rpcPort, 3000);
    const config = join(run.home.home, 'config/config.toml');
    await writeFile(config, (await readFile(config, 'utf8')).replace(`:${run.home.rpcPort}"`, `:${port}"`));
    const paths: Record<string, string> = {};
    for (const name of ['v1', 'v2']) {
      const real = (paths[name] = join(run.home.dir, name, 'palomad'));
      await run.home.install(real, release('0.53', name));
      const wrapper = name === 'v1' ? run.home.genesisBinary : run.at('upgrades/v2/bin/palomad');
      // The node itself listens where it always did; who reads its config is sent through the slow one.
      const where = `--rpc.laddr tcp://127.0.0.1:${run.home.rpcPort}`;
      await writeScript(wrapper, `[ "$1" = start ] && exec "${real}" "$@" ${where}\nexec "${real}" "$@"`);
    }
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '1s' });
    await run.reached(2);
    await writeFile(run.home.infoFile, infoOf('0.53', slow));
    await supervisor.saw(/not proven to be reached/);
    await run.reached(20);
    await expectUndisturbed(t.expect, run, supervisor);
    await supervisor.saw(/upgrade verified/);
    await run.reached(26);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [slow], { paths });
    t.expect(await proofOf(run, slow)).toBe('status says height 25');
  });
});

describe.concurrent('where the data lies', () => {
  const v2 = { name: 'v2', height: 6 };

  it('may be another disk, behind a link', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], writeGap: 50 } });
    await run.stage('v2');
    const data = join(run.home.home, 'data');
    await rename(data, join(run.home.dir, 'disk'));
    await symlink(join(run.home.dir, 'disk'), data);
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it.for([{ link: false }, { link: true }])('may be made by the node itself (link: $link)', async ({ link }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const data = join(run.home.home, 'data');
    await rm(data, { recursive: true });
    const disk = join(run.home.dir, 'disk');
    if (link) await symlink(disk, data);
    const real = join(run.home.dir, 'v1/palomad');
    await run.home.install(real, release('0.53', 'v1'));
    await writeScript(
      run.home.genesisBinary,
      `
      sleep 1
      mkdir -p "${link ? disk : data}"
      [ -f "${data}/priv_validator_state.json" ] || echo '{"height":"0","round":0,"step":0}' > "${data}/priv_validator_state.json"
      exec "${real}" "$@"`,
    );
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(executions(await run.home.events()).size).toBeGreaterThan(6);
    t.expect(only(await run.home.events(), 'file')).toHaveLength(1);
  });
});
