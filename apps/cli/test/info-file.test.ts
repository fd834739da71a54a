import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readInfo } from '@chainvisor/watcher';
import { readFileSync } from 'node:fs';
import { parseJournal } from '../src/journal/records.js';
import { type InfoFile, stampOf, watchInfoFile } from '../src/supervise/info-file.js';
import { makeWorld, type World } from './helpers/context.js';

const plan = (name: string, info = '') => JSON.stringify({ name, height: 10, info });
const soon = { timeout: 20_000 };

async function watch({ ctx, layout }: World): Promise<InfoFile> {
  const info = await watchInfoFile(layout, 50, ctx.journal, ctx.log);
  onTestFinished(() => info.close());
  return info;
}

const kept = ({ layout }: World) =>
  parseJournal(readFileSync(layout.journal, 'utf8')).records.map((record) => record.kind === 'file' && record.text);

describe('the info file', () => {
  it('is known when the watch begins', async () => {
    const world = await makeWorld();
    expect((await watch(world)).latest()).toEqual({ state: 'absent' });
    await writeFile(world.layout.upgradeInfo, plan('v2'));
    expect((await watch(world)).latest()).toMatchObject({ state: 'plan', plan: { name: 'v2' } });
    expect(kept(world)).toContain(plan('v2'));
  });

  it('tells each change to the listener of the time, after it is the latest', async () => {
    const world = await makeWorld();
    const info = await watch(world);
    const [first, second] = [[], []] as string[][];
    info.onChange(() => first?.push(info.latest().state));
    await writeFile(world.layout.upgradeInfo, plan('v2'));
    await vi.waitFor(() => expect(first?.at(-1)).toBe('plan'), soon);
    const before = first?.length;
    info.onChange(() => second?.push(info.latest().state));
    await rm(world.layout.upgradeInfo);
    await vi.waitFor(() => expect(second?.at(-1)).toBe('absent'), soon);
    expect(first).toHaveLength(before ?? -1);
  });

  it('keeps the last good one, whatever comes after it', async () => {
    const world = await makeWorld();
    const info = await watch(world);
    for (const [text, state] of [
      [plan('v2'), 'plan'],
      ['', 'unreadable'],
      ['{"name":"v3"', 'unreadable'],
    ] as const) {
      await writeFile(world.layout.upgradeInfo, text);
      await vi.waitFor(() => expect(info.latest().state).toBe(state), soon);
    }
    await rm(world.layout.upgradeInfo);
    await vi.waitFor(() => expect(info.latest().state).toBe('absent'), soon);
    expect(world.ctx.journal.history().lastGood).toBe(plan('v2'));
    expect(kept(world)).toEqual([plan('v2')]);
  });

  it('keeps the very text, and the same text once', async () => {
    const world = await makeWorld();
    const text = `{ "name":"gr\u00fc\u00df\\u003c", "height":"10" , "time":"0001-01-01T00:00:00Z" }\n\n`;
    await writeFile(world.layout.upgradeInfo, text);
    const info = await watch(world);
    await writeFile(world.layout.upgradeInfo, plan('v3'));
    await vi.waitFor(() => expect(info.latest()).toMatchObject({ plan: { name: 'v3' } }), soon);
    info.close();
    // The next supervisor, over the same file.
    await watch(world);
    expect(kept(world)).toEqual([text, plan('v3')]);
  });

  it('does not keep more than 1 MiB, and acts on it all the same', async () => {
    const world = await makeWorld();
    const empty = plan('v2').length;
    const info = await watch(world);
    await writeFile(world.layout.upgradeInfo, plan('v2', 'x'.repeat(1024 * 1024 - empty)));
    await vi.waitFor(() => expect(info.latest().state).toBe('plan'), soon);
    expect(world.ctx.journal.history().lastGood).toHaveLength(1024 * 1024);
    await writeFile(world.layout.upgradeInfo, plan('v3', 'x'.repeat(1024 * 1024 - empty + 1)));
    await vi.waitFor(() => expect(info.latest()).toMatchObject({ state: 'plan', plan: { name: 'v3' } }), soon);
    expect(world.ctx.journal.history().lastGood).toContain('"v2"');
  });

  it('ends where it is closed: nobody is told any more', async () => {
    const world = await makeWorld();
    const info = await watch(world);
    let told = 0;
    info.onChange(() => told++);
    info.close();
    const other = await watch(world);
    await writeFile(world.layout.upgradeInfo, plan('v2'));
    await vi.waitFor(() => expect(other.latest().state).toBe('plan'), soon);
    expect(told).toBe(0);
    expect(info.latest()).toEqual({ state: 'absent' });
  });
});

describe('stampOf', () => {
  it('tells contents apart, also a rewrite with the same bytes, and none from any', async () => {
    const { layout } = await makeWorld();
    const stamps = [stampOf(await readInfo(layout.upgradeInfo))];
    expect(stamps).toEqual(['absent']);
    for (const text of [plan('v2'), plan('v3'), '', plan('v3')]) {
      await rm(layout.upgradeInfo, { force: true });
      await writeFile(`${layout.upgradeInfo}.${stamps.length}`, 'keeps the inode from being used again');
      await writeFile(layout.upgradeInfo, text);
      stamps.push(stampOf(await readInfo(layout.upgradeInfo)));
    }
    expect(new Set(stamps).size).toBe(5);
    expect(stampOf(await readInfo(layout.upgradeInfo))).toBe(stamps.at(-1));
  });
});
