import { describe, it, vi } from 'vitest';

import { silent } from '../../src/stager-answers.ts';
import { farAway, stagerRun } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

describe.concurrent('what has changed on chain', () => {
  it('is told by the next run that may speak', async (t) => {
    const all = await stagerRun(t, { plan: 'v2' });
    await all.publish('v2');
    await all.startNode();
    await all.stager(['stage']);
    await all.stopNode();
    await all.run.home.setChain({ plans: [] });
    await all.startNode();
    t.expect(await all.stager(['stage', '--quiet'])).toEqual(silent);
    t.expect(await all.stager(['stage', '--quiet'])).toEqual(silent);
    const told = 'plan "v2" for height 1000000 was cancelled; a binary staged for it stays\n';
    t.expect(await all.stager(['stage'])).toEqual({ ...silent, stdout: told });
    t.expect(await all.stager(['stage'])).toEqual(silent);
  });

  it('is told on stderr beside an error that is data', async (t) => {
    const all = await stagerRun(t, { plan: 'v2' });
    await all.publish('v2');
    await all.startNode();
    await all.stager(['stage']);
    await all.stopNode();
    await all.run.home.setChain({ plans: [{ name: 'v3', height: farAway, info: '' }] });
    await all.startNode();
    const { code, stdout, stderr } = await all.stager(['stage', '-o', 'json']);
    t.expect(code).toBe(65);
    const { error } = JSON.parse(stdout) as { error: Record<string, unknown> };
    t.expect(Object.keys(error)).toEqual(['what', 'why', 'do', 'exit']);
    t.expect(error).toMatchObject({ what: 'no source names the binary of "v3"', exit: 65 });
    t.expect(error['why']).toMatch(/^plan info: the plan's info is empty\n/);
    t.expect(stderr).toMatch(/^plan "v2" for height 1000000 was replaced by "v3" .*\nError: no source names/);
  });
});

describe.concurrent('an error', () => {
  it.for<[what: string, args: readonly string[], code: number]>([
    ['of a node that is down', ['check', '-o', 'json'], 74],
    ['of the command line', ['check', '--output=json', '--nonsense'], 64],
    ['of the settings', ['prune', '-qo', 'json', '--keep', 'x'], 78],
  ])('%s is data where that is asked for', async ([, args, code], t) => {
    const { stager } = await stagerRun(t);
    const end = await stager(args);
    t.expect(end.code).toBe(code);
    t.expect(end.stderr).toMatch(/^Error: /);
    t.expect(JSON.parse(end.stdout)).toMatchObject({ error: { exit: code } });
  });
});
