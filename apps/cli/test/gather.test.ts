import { readInfo } from '@chainvisor/watcher';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Facts } from '@chainvisor/policy';
import { gather } from '../src/supervise/gather.js';
import { targetDir, targetOf } from '../src/supervise/target.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';
import { upgradeRecord } from './helpers/records.js';

const none = { state: 'none' } as const;

async function factsOf({ ctx, layout }: World): Promise<Facts> {
  return gather(ctx, await readInfo(layout.upgradeInfo), none);
}

function writePlan({ layout }: World, name: string, height = 10): Promise<void> {
  return writeFile(layout.upgradeInfo, JSON.stringify({ name, height, info: 'i' }));
}

describe('a fresh home', () => {
  it('has no facts but that there are none', async () => {
    expect(await factsOf(await makeWorld())).toEqual({
      file: { state: 'absent' },
      lastGood: undefined,
      current: { state: 'absent' },
      journalCurrent: undefined,
      staged: undefined,
      child: none,
      heights: { recorded: undefined, validator: undefined },
      open: undefined,
      skipHeights: [],
      manual: [],
      downloadAllowed: false,
      scriptMayBring: false,
    });
  });

  it('passes on what is told of the child and the settings', async () => {
    const env = { DAEMON_ALLOW_DOWNLOAD_BINARIES: 'true', COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const { ctx } = await makeWorld({ env, args: ['start', '--unsafe-skip-upgrades', '10', '20'] });
    const child = { state: 'alive', fileChanged: true, liveHeight: 9, settled: false } as const;
    expect(await gather(ctx, { state: 'absent' }, child)).toMatchObject({
      child,
      skipHeights: [10, 20],
      downloadAllowed: true,
      scriptMayBring: true,
    });
  });
});

describe('current', () => {
  it('is linked, with the plan beside the binary and, where that is to be skipped, what ran before it', async () => {
    const world = await makeWorld({ args: ['start', '--unsafe-skip-upgrades=10'] });
    const { layout, ctx } = world;
    await mkdir(join(layout.upgrades, 'v2'));
    await symlink('upgrades/v2', layout.current);
    expect((await factsOf(world)).current).toEqual({
      state: 'linked',
      target: 'upgrades/v2',
      plan: undefined,
      predecessor: undefined,
    });
    await writeFile(join(layout.upgrades, 'v2', 'upgrade-info.json'), '{"name":"v2","height":10}');
    await ctx.journal.append({ kind: 'current', target: 'upgrades/v2', from: 'genesis' });
    expect((await factsOf(world)).current).toMatchObject({
      plan: { name: 'v2', height: 10 },
      predecessor: 'genesis',
    });
  });

  it('is dangling, or no link at all', async () => {
    const dangling = await makeWorld();
    await symlink('upgrades/gone', dangling.layout.current);
    expect((await factsOf(dangling)).current).toEqual({ state: 'dangling', target: 'upgrades/gone' });
    const directory = await makeWorld();
    await mkdir(directory.layout.current);
    expect((await factsOf(directory)).current).toEqual({ state: 'not-a-link', kind: 'directory' });
  });

  it('as the journal knows it can run or not', async () => {
    const world = await makeWorld();
    const { layout, ctx } = world;
    await ctx.journal.append({ kind: 'started', pid: 1, target: 'upgrades/v2' });
    expect((await factsOf(world)).journalCurrent).toEqual({
      target: 'upgrades/v2',
      runnable: false,
      height: undefined,
    });
    await putBinary(join(layout.upgrades, 'v2', 'bin', 'palomad'));
    expect((await factsOf(world)).journalCurrent).toEqual({ target: 'upgrades/v2', runnable: true, height: undefined });
    await chmod(join(layout.upgrades, 'v2', 'bin', 'palomad'), 0o644);
    expect((await factsOf(world)).journalCurrent).toEqual({
      target: 'upgrades/v2',
      runnable: false,
      height: undefined,
    });
  });

  it('as the journal knows it may be an absolute path', async () => {
    const world = await makeWorld();
    const elsewhere = join(world.layout.home, 'elsewhere');
    await putBinary(join(elsewhere, 'bin', 'palomad'));
    await world.ctx.journal.append({ kind: 'current', target: elsewhere });
    expect((await factsOf(world)).journalCurrent).toEqual({ target: elsewhere, runnable: true });
  });
});

describe("the file's plan", () => {
  it.each([
    ['v2', 'upgrades/v2'],
    ['V2 Gold', 'upgrades/v2%20gold'],
    ['v2/../../x', 'upgrades/v2%2F..%2F..%2Fx'],
  ])('%j is staged at %s', async (name, target) => {
    const world = await makeWorld();
    await writePlan(world, name);
    await putBinary(join(world.layout.root, target, 'bin', 'palomad'));
    const { file, staged } = await factsOf(world);
    expect(file).toEqual({ state: 'plan', plan: { name, height: 10, info: 'i' } });
    expect(staged).toEqual({ state: 'runnable', target, made: false });
  });

  it('keeps its letter case where recasing is disabled', async () => {
    const { ctx, layout } = await makeWorld();
    const plan = { name: 'V2', height: 10, info: '' };
    expect(targetOf(layout, plan)).toBe('upgrades/v2');
    expect(targetOf({ ...ctx.layout, recase: false }, plan)).toBe('upgrades/V2');
  });

  it('is missing where nothing is staged', async () => {
    const world = await makeWorld();
    await writePlan(world, 'v2');
    const missing = { state: 'missing', target: 'upgrades/v2', detail: 'no such file' };
    expect((await factsOf(world)).staged).toEqual(missing);
    // A directory of the daemon's name is none of its binaries.
    await mkdir(join(world.layout.upgrades, 'v2', 'palomad'), { recursive: true });
    expect((await factsOf(world)).staged).toEqual(missing);
  });

  it('is staged where its binary lies beside bin/', async () => {
    const world = await makeWorld();
    await writePlan(world, 'v2');
    await putBinary(join(world.layout.upgrades, 'v2', 'palomad'));
    expect((await factsOf(world)).staged).toEqual({ state: 'runnable', target: 'upgrades/v2', made: false });
  });

  it('is not runnable where its binary is not, in bin/ or beside it', async () => {
    const beside = await makeWorld();
    await writePlan(beside, 'v2');
    await putBinary(join(beside.layout.upgrades, 'v2', 'palomad'), 0o644);
    expect((await factsOf(beside)).staged).toMatchObject({ state: 'not-runnable', detail: 'mode 0644: run chmod +x' });

    const inBin = await makeWorld();
    await writePlan(inBin, 'v2');
    await mkdir(join(inBin.layout.upgrades, 'v2', 'bin', 'palomad'), { recursive: true });
    // What bin/ holds counts: it is never replaced by what lies beside it.
    await putBinary(join(inBin.layout.upgrades, 'v2', 'palomad'));
    expect((await factsOf(inBin)).staged).toEqual({
      state: 'not-runnable',
      target: 'upgrades/v2',
      detail: 'a directory',
    });
  });

  it.each(['.', '..', 'x'.repeat(300)])('%j gives no directory: nothing can be staged for it', async (name) => {
    const { ctx } = await makeWorld({ env: { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' } });
    const info = { state: 'plan', plan: { name, height: 10, info: '' }, bytes: new Uint8Array(), stamp: '1' } as const;
    expect(await gather(ctx, info, none)).toMatchObject({ file: { state: 'plan', plan: { name } }, staged: undefined });
  });

  it('is none where the file cannot be read, which says why', async () => {
    const world = await makeWorld();
    await writeFile(world.layout.upgradeInfo, '{"name":"v2"');
    const { file, staged } = await factsOf(world);
    expect(file.state === 'unreadable' && file.reason).toContain(world.layout.upgradeInfo);
    expect(file.state).toBe('unreadable');
    expect(staged).toBeUndefined();
  });
});

describe('what is on record', () => {
  it('is the unfinished upgrade, the height and the last good file', async () => {
    const world = await makeWorld();
    const { journal } = world.ctx;
    await journal.append({ kind: 'file', text: '{"name":"v2","height":"10"}' });
    await journal.append(upgradeRecord('detected'));
    await journal.append({ kind: 'ended', pid: 1, how: 'x', reason: 'exit', height: 9 });
    expect(await factsOf(world)).toMatchObject({
      lastGood: { name: 'v2', height: 10 },
      open: { plan: { name: 'v2', height: 10 }, from: 'genesis', to: 'upgrades/v2' },
      heights: { recorded: 9 },
    });
    await journal.append(upgradeRecord('switched'));
    expect((await factsOf(world)).open).toBeUndefined();
  });

  it('is no last good file where somebody has spoilt the record', async () => {
    const world = await makeWorld();
    await world.ctx.journal.append({ kind: 'file', text: '{"name":' });
    expect((await factsOf(world)).lastGood).toBeUndefined();
  });
});

describe('the validator', () => {
  it.each([
    ['{"height":"1234","round":0,"step":3}', 1234],
    ['{"height":"0","round":0,"step":0}', 0],
    ['', undefined],
    ['{"height":"x"}', undefined],
  ])('%j says height %s', async (text, height) => {
    const world = await makeWorld();
    await writeFile(world.ctx.validatorState, text);
    expect((await factsOf(world)).heights.validator).toBe(height);
  });
});

it('a target is a directory below cosmovisor/, or the absolute path that it is', async () => {
  const { layout } = await makeWorld();
  expect(targetDir(layout, 'genesis')).toBe(layout.genesis);
  expect(targetDir(layout, 'upgrades/v2')).toBe(join(layout.upgrades, 'v2'));
  expect(targetDir(layout, '/elsewhere')).toBe('/elsewhere');
});
