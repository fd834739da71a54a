import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInfo } from '@chainvisor/watcher';
import { describe, expect, it } from 'vitest';
import { gather } from '../src/supervise/gather.js';
import { restoreInfoFile } from '../src/supervise/restore-info-file.js';
import { adviseOnUnreadable } from '../src/supervise/unreadable-file.js';
import { makeWorld, type World } from './helpers/context.js';

async function advise({ ctx, layout }: World): Promise<void> {
  adviseOnUnreadable(ctx, await gather(ctx, await readInfo(layout.upgradeInfo), { state: 'none' }));
}

describe('the advice over a file that cannot be read', () => {
  it('is one line that says what to write', async () => {
    const world = await makeWorld();
    await writeFile(world.layout.upgradeInfo, '{');
    await advise(world);
    expect(world.said).toMatchObject([{ level: 'error' }]);
    expect(world.said[0]?.message).toContain('{"name":"<name>","height":<height>}');
  });

  it('is none where there is no such file, it can be read, or the last good one will be put back', async () => {
    const world = await makeWorld();
    await advise(world);
    await writeFile(world.layout.upgradeInfo, '{"name":"v2","height":10}');
    await advise(world);
    await writeFile(world.layout.upgradeInfo, '');
    await world.ctx.journal.append({ kind: 'file', text: '{"name":"v2","height":10}' });
    await advise(world);
    expect(world.said).toEqual([]);
  });
});

describe('putting the last good file back', () => {
  it('writes its very bytes, as the node does, and keeps the bad ones', async () => {
    const { ctx, layout, said } = await makeWorld();
    const text = '{ "name":"v2","height":"10" }\n';
    await ctx.journal.append({ kind: 'file', text });
    await writeFile(layout.upgradeInfo, '{"na');
    await restoreInfoFile(ctx);
    expect(readFileSync(layout.upgradeInfo, 'utf8')).toBe(text);
    expect(statSync(layout.upgradeInfo).mode & 0o777).toBe(0o600);
    expect(said).toMatchObject([{ level: 'warn', fields: { file: layout.upgradeInfo } }]);
    const bad = String(said[0]?.fields?.['bad']);
    expect(bad.startsWith(layout.quarantine)).toBe(true);
    expect(readFileSync(bad, 'utf8')).toBe('{"na');
  });

  it('writes the one beside the binary of current where the journal is lost', async () => {
    const world = await makeWorld();
    const { ctx, layout } = world;
    const text = '{"name":"v2","height":"10"}';
    await mkdir(join(layout.upgrades, 'v2'));
    await writeFile(join(layout.upgrades, 'v2', 'upgrade-info.json'), text);
    await symlink('upgrades/v2', layout.current);
    await writeFile(layout.upgradeInfo, '');
    await advise(world);
    await restoreInfoFile(ctx);
    expect(readFileSync(layout.upgradeInfo, 'utf8')).toBe(text);
    expect(world.said).toMatchObject([{ level: 'warn' }]);
  });

  it('is not done where none is on record: the bad file stays', async () => {
    const { ctx, layout } = await makeWorld();
    await writeFile(layout.upgradeInfo, '');
    await expect(restoreInfoFile(ctx)).rejects.toThrow('nowhere on record');
    expect(existsSync(layout.upgradeInfo)).toBe(true);
  });
});
