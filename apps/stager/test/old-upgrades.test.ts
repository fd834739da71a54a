import { createLayout, type Layout, readCurrent } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choosePrune } from '../src/node/old-upgrades.js';
import type { ChainView } from '../src/node/view.js';
import { tempDir } from './helpers/temp.js';

const question = { address: { state: 'disabled', text: '', source: 'default' }, timeout: 1 } as const;

interface Given {
  /** Directories of `upgrades/`, with the height in their upgrade-info.json. */
  readonly upgrades: Readonly<Record<string, number | undefined>>;
  readonly current?: string;
  readonly planned?: string;
  readonly file?: string;
  readonly keep?: number;
}

async function homeWith({ upgrades, current }: Given): Promise<Layout> {
  const layout = createLayout({ home: await tempDir(), daemon: 'palomad', recase: true });
  for (const [dir, name, height] of [
    [layout.genesis, '', undefined] as const,
    ...Object.entries(upgrades).map(([name, height]) => [join(layout.upgrades, name), name, height] as const),
  ]) {
    await mkdir(join(dir, 'bin'), { recursive: true });
    await writeFile(join(dir, 'bin/palomad'), '#!/bin/sh\n');
    await chmod(join(dir, 'bin/palomad'), 0o755);
    if (height !== undefined) await writeFile(join(dir, 'upgrade-info.json'), JSON.stringify({ name, height }));
  }
  if (current !== undefined) await symlink(current, layout.current);
  return layout;
}

async function choose(layout: Layout, { planned, file, keep = 0 }: Given) {
  const plan = (name: string | undefined): Plan | undefined =>
    name === undefined ? undefined : { name, height: 1000, info: '' };
  const chain: ChainView = { reachable: true, question, height: 500, plan: plan(planned), catchingUp: false };
  const view = { chain, file: plan(file), current: await readCurrent(layout) };
  const { remove, keep: kept } = await choosePrune(layout, view, keep);
  return {
    removed: remove.map(({ directory }) => directory),
    kept: Object.fromEntries(kept.map((each) => [each.directory, each.reason])),
  };
}

async function chosen(given: Given) {
  return choose(await homeWith(given), given);
}

describe('of old upgrades', () => {
  const upgrades = { v1: 100, v2: 200, v3: 300, v4: 400, v5: 500 };

  it('those below the current one may go, but for the newest', async () => {
    const { removed, kept } = await chosen({ upgrades, current: 'upgrades/v4', keep: 1 });
    expect(removed).toEqual(['v2', 'v1']);
    expect(kept).toEqual({
      v3: 'one of the 1 before the current one',
      v4: 'it is current',
      v5: 'its height 500 is not below that of the current one',
    });
  });

  it('height counts, not the name', async () => {
    const { removed } = await chosen({ upgrades: { a: 300, b: 100, c: 200 }, current: 'upgrades/a', keep: 1 });
    expect(removed).toEqual(['b']);
  });

  it('none may go that the chain or upgrade-info.json names, however it is spelled', async () => {
    const { removed, kept } = await chosen({ upgrades, current: 'upgrades/v4', planned: 'V1', file: 'v2' });
    expect(removed).toEqual(['v3']);
    expect(kept).toMatchObject({ v1: 'it is planned for height 1000', v2: 'upgrade-info.json names it' });
  });

  it('one without a height of its own stays', async () => {
    const { removed, kept } = await chosen({
      upgrades: { v1: 100, byhand: undefined, v3: 300 },
      current: 'upgrades/v3',
    });
    expect(removed).toEqual(['v1']);
    expect(kept).toMatchObject({ byhand: 'its height is not known: it has no upgrade-info.json' });
  });

  it.each<[string, Given, string]>([
    ['current is genesis', { upgrades: { v1: 100 }, current: 'genesis' }, 'current is genesis: nothing is older'],
    [
      'current tells no height',
      { upgrades: { v1: 100, v2: undefined }, current: 'upgrades/v2' },
      'the height of the current one is not known',
    ],
    ['there is no link', { upgrades: { v1: 100 } }, 'which one is current is not known'],
    [
      'the link leads nowhere',
      { upgrades: { v1: 100 }, current: 'upgrades/gone' },
      'which one is current is not known',
    ],
  ])('all stay where %s', async (_, given, reason) => {
    const { removed, kept } = await chosen(given);
    expect(removed).toEqual([]);
    expect(kept).toMatchObject({ v1: reason });
  });

  it('a link stays, and what it leads to', async () => {
    const given: Given = { upgrades, current: 'upgrades/v4' };
    const layout = await homeWith(given);
    await symlink('v1', join(layout.upgrades, 'also'));
    const { removed, kept } = await choose(layout, given);
    expect(removed).toEqual(['v3', 'v2']);
    expect(kept).toMatchObject({ also: 'it is a link', v1: 'a directory that stays leads into it' });
  });

  it('one stays whose binary the current one links to, and one that such a one links to', async () => {
    const given: Given = { upgrades: { v1: 100, v2: 200, v3: 300 }, current: 'upgrades/v4', keep: 0 };
    const layout = await homeWith(given);
    const link = async (from: string, to: string) => {
      await mkdir(join(layout.upgrades, from, 'bin'), { recursive: true });
      await symlink(`../../${to}/bin/palomad`, join(layout.upgrades, from, 'bin/palomad'));
      await writeFile(join(layout.upgrades, from, 'upgrade-info.json'), JSON.stringify({ name: from, height: 400 }));
    };
    await link('v4', 'v2');
    const { removed, kept } = await choose(layout, given);
    expect(removed).toEqual(['v3', 'v1']);
    expect(kept).toMatchObject({ v2: 'a directory that stays leads into it' });
  });

  it.each<[string, (layout: Layout) => Promise<void>]>([
    ['lib is a link into it', (layout) => symlink('../v2/lib', join(layout.upgrades, 'v4/lib'))],
    [
      'a library is a link into it',
      async (layout) => {
        await mkdir(join(layout.upgrades, 'v4/lib'));
        await symlink('../../v2/lib/libwasmvm.so', join(layout.upgrades, 'v4/lib/libwasmvm.so'));
      },
    ],
    [
      'a link in it is on the way to the library',
      async (layout) => {
        await mkdir(join(layout.upgrades, 'v4/lib'));
        await writeFile(join(layout.root, 'libwasmvm.so'), '');
        await symlink('../../../libwasmvm.so', join(layout.upgrades, 'v2/lib/shared.so'));
        await symlink('../../v2/lib/shared.so', join(layout.upgrades, 'v4/lib/libwasmvm.so'));
      },
    ],
  ])('one stays for the current one: %s', async (_, link) => {
    const given: Given = { upgrades, current: 'upgrades/v4' };
    const layout = await homeWith(given);
    await mkdir(join(layout.upgrades, 'v2/lib'));
    await writeFile(join(layout.upgrades, 'v2/lib/libwasmvm.so'), '');
    await link(layout);
    const { removed, kept } = await choose(layout, given);
    expect(removed).toEqual(['v3', 'v1']);
    expect(kept).toMatchObject({ v2: 'a directory that stays leads into it' });
  });

  it('a copy that somebody made stays', async () => {
    const given: Given = { upgrades, current: 'upgrades/v4' };
    const layout = await homeWith(given);
    for (const copy of ['v2.bak', '.hidden'])
      await cp(join(layout.upgrades, 'v2'), join(layout.upgrades, copy), { recursive: true });
    const { removed, kept } = await choose(layout, given);
    expect(removed).toEqual(['v3', 'v2', 'v1']);
    const reason = 'its upgrade-info.json is that of "v2"';
    expect(kept).toMatchObject({ 'v2.bak': reason, '.hidden': reason });
  });

  it('nothing is there to go where there are no upgrades', async () => {
    expect(await chosen({ upgrades: {}, current: 'genesis' })).toEqual({ removed: [], kept: {} });
  });
});
