import { createBackup } from '@chainvisor/backup';
import { waitFor } from '@chainvisor/testkit';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { watchProgress } from '../src/supervise/progress.js';
import { adviseOnWayBack } from '../src/supervise/undo.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';
import { upgradeRecord } from './helpers/records.js';

const v2 = { name: 'v2', height: 10 };
const ended = { state: 'ended', fileChanged: false, liveHeight: undefined, by: 'itself', relaunched: false } as const;
const atV2 = { state: 'linked', target: 'upgrades/v2', plan: undefined, predecessor: undefined } as const;

/** A home that was upgraded to v2, not verified yet, with a backup for it named `name`. */
async function backedUp(
  about: unknown = { plan: v2, target: 'genesis' },
  name = 'data-backup-2026-1-2',
): Promise<World> {
  const world = await makeWorld();
  const { data, home } = world.layout;
  await writeFile(join(data, 'x'), 'x');
  await createBackup({ data, parent: home, name, strategy: 'copy', stopped: true, about });
  await world.ctx.journal.append(upgradeRecord('switched'));
  return world;
}

describe('the way back from an upgrade that is not verified', () => {
  it('is one line with the command to type, what it brings back, and what to mend', async () => {
    const { ctx, said, layout } = await backedUp();
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(true);
    expect(said).toEqual([
      {
        level: 'error',
        message: `to undo the upgrade "v2": chainvisor backup restore data-backup-2026-1-2 brings genesis back at the height before; it halts at 10 again and is then upgraded again, so put a mended binary at ${layout.upgrades}/v2/bin/palomad first`,
      },
    ]);
  });

  it('is the newest of several, and quoted where a shell would take it apart', async () => {
    const { ctx, said, layout } = await backedUp();
    const { data, home: parent } = layout;
    const about = { plan: v2 };
    await createBackup({ data, parent, name: "it's", strategy: 'copy', stopped: true, about });
    await adviseOnWayBack(ctx, { child: ended, current: atV2 });
    expect(said[0]?.message).toContain(String.raw`chainvisor backup restore 'it'\''s' brings`);
  });

  it.each([
    ['for another upgrade', { plan: { name: 'v3', height: 10 }, target: 'genesis' }],
    ['for another height', { plan: { name: 'v2', height: 11 }, target: 'genesis' }],
    ['by hand', { target: 'genesis' }],
    ['by somebody else', 'v2'],
    ['about nothing', null],
  ])('is not spoken of where the backup was made %s', async (_, about) => {
    const { ctx, said } = await backedUp(about);
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(false);
    expect(said).toEqual([]);
  });

  it('is not spoken of for a backup of other data, one that is damaged, or none', async () => {
    const { ctx, layout, said } = await backedUp();
    const backup = join(layout.home, 'data-backup-2026-1-2');
    const [data, elsewhere] = [layout.data, join(layout.home, 'other')];
    await rename(data, elsewhere);
    await mkdir(join(layout.home, 'third'));
    await expect(adviseOnWayBack(ctx, { child: ended, current: atV2 })).resolves.toBe(false);
    await rename(elsewhere, data);
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(true);
    await writeFile(join(backup, '.chainvisor-backup/manifest.jsonl'), '');
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(false);
    await rm(backup, { recursive: true });
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(false);
    expect(said).toHaveLength(1);
  });

  it.each([
    ['the operator has ended the node', { child: { ...ended, by: 'operator' as const }, current: atV2 }],
    ['no node has run', { child: { state: 'none' as const }, current: atV2 }],
    ['another binary has run', { child: ended, current: { ...atV2, target: 'genesis' } }],
    ['there is no link', { child: ended, current: { state: 'absent' as const } }],
  ])('is not spoken of where %s', async (_, facts) => {
    const { ctx, said } = await backedUp();
    expect(await adviseOnWayBack(ctx, facts)).toBe(false);
    expect(said).toEqual([]);
  });

  it('is not spoken of once the upgrade is verified', async () => {
    const { ctx, said } = await backedUp();
    await ctx.journal.append(upgradeRecord('verified'));
    expect(await adviseOnWayBack(ctx, { child: ended, current: atV2 })).toBe(false);
    expect(said).toEqual([]);
  });
});

describe('a node that is stuck after an upgrade that is not verified', () => {
  const stuck = { stored: 10, application: 9, catchingUp: false };

  async function told(world: World): Promise<unknown> {
    await putBinary(`${world.layout.genesis}/bin/palomad`);
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const progress = watchProgress(world.ctx, 'upgrades/v2');
    progress.read(stuck);
    vi.setSystemTime(30_000);
    progress.read(stuck);
    vi.useRealTimers();
    await waitFor('the error', () => world.said.length > 0);
    progress.close();
    return world.said[0]?.fields?.['do'];
  }

  it('is told the way back, not to try other binaries on its data', async () => {
    const what = await told(await backedUp());
    expect(what).toMatch(
      /^look for CONSENSUS FAILURE in its log; to undo the upgrade, stop chainvisor: chainvisor backup restore data-backup-2026-1-2 brings genesis back/,
    );
    expect(what).not.toContain('chainvisor use');
  });

  it('is told the other binaries where there is no backup', async () => {
    const what = await told(await backedUp({ target: 'genesis' }));
    expect(what).toContain('chainvisor use genesis');
    expect(what).not.toContain('backup restore');
  });
});
