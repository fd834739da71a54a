import { listBackups, verifyBackup } from '@chainvisor/backup';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backUp } from '../src/upgrade/back-up.js';
import type { StepContext } from '../src/upgrade/step.js';
import { makeWorld } from './helpers/context.js';

/** A home that is upgraded to v2. */
async function upgraded(env: Readonly<Record<string, string>> = {}) {
  const { ctx, layout, said } = await makeWorld({ env });
  await writeFile(join(layout.data, 'x'), 'x');
  const plan = { name: 'v2', height: 5, info: '' };
  const dir = join(layout.upgrades, 'v2');
  const step: StepContext = { ...ctx, plan, dir, record: () => Promise.resolve(), done: () => 0 };
  return { step, layout, messages: () => said.map(({ message }) => message) };
}

it('a backup for the upgrade is made once, and anew where something of it is gone', async () => {
  const { step, layout, messages } = await upgraded();

  await backUp(step, 'genesis');
  await backUp(step, 'genesis');
  const [first, ...more] = await listBackups(layout.home);
  expect(more).toEqual([]);
  expect(messages()).toContain('a backup for this upgrade is there already');

  await rm(join(first?.path ?? '', 'x'));
  await backUp(step, 'genesis');
  const backups = await listBackups(layout.home);
  expect(backups).toHaveLength(2);
  expect((await verifyBackup(backups[1]?.path ?? '')).ok).toBe(true);
  expect(messages()).toContain('the backup for this upgrade cannot be used, another one is made');
  await backUp(step, 'genesis');
  expect(await listBackups(layout.home)).toHaveLength(2);
});

it('a backup of another node at the same path is neither taken for ours nor removed', async () => {
  const { step, layout } = await upgraded({ CHAINVISOR_BACKUP_KEEP: '1' });
  const becomeAnother = async () => {
    await mkdir(join(layout.home, 'config'), { recursive: true });
    const key = { priv_key: { value: randomBytes(64).toString('base64') } };
    await writeFile(join(layout.home, 'config/node_key.json'), JSON.stringify(key));
  };
  for (const made of [1, 2, 3]) {
    if (made > 1) await becomeAnother();
    await backUp(step, 'genesis');
    await backUp(step, 'genesis');
    expect(await listBackups(layout.home)).toHaveLength(made);
  }
});
