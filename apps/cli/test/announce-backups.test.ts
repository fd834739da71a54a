import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { announceBackups } from '../src/supervise/announce-backups.js';
import { makeWorld } from './helpers/context.js';
import { tempDir } from './helpers/temp.js';

it('has nothing to say where backups can be made', async () => {
  const { ctx, layout, said } = await makeWorld();
  await announceBackups(ctx, false);
  await mkdir(join(layout.home, 'wasm'));
  await announceBackups(ctx, true);
  expect(said).toEqual([]);
});

it('looks whether a copy has room', async () => {
  const { ctx, said } = await makeWorld({ env: { CHAINVISOR_BACKUP_STRATEGY: 'copy' } });
  await announceBackups(ctx, false);
  expect(said).toEqual([]);
});

it('warns of a directory that the operator has named and that is not there, not of the default', async () => {
  const { ctx, layout, said } = await makeWorld({ env: { CHAINVISOR_BACKUP_OUTSIDE: 'wasm,ibc' } });
  await mkdir(join(layout.home, 'wasm'));
  await announceBackups(ctx, true);
  expect(said).toEqual([
    {
      level: 'warn',
      message: 'a directory of CHAINVISOR_BACKUP_OUTSIDE is not there: no backup has it',
      fields: { path: join(layout.home, 'ibc') },
    },
  ]);
});

it('warns of a place that cannot be written to, unless no backups are made', async () => {
  const DAEMON_DATA_BACKUP_DIR = join(await tempDir(), 'gone');
  const { ctx, said } = await makeWorld({ env: { DAEMON_DATA_BACKUP_DIR } });
  await announceBackups(ctx, false);
  expect(said).toMatchObject([
    {
      level: 'warn',
      message: 'backups cannot be made: an upgrade would stop before the switch',
      fields: { parent: DAEMON_DATA_BACKUP_DIR },
    },
  ]);
  const skipped = await makeWorld({ env: { DAEMON_DATA_BACKUP_DIR, UNSAFE_SKIP_BACKUP: 'true' } });
  await announceBackups(skipped.ctx, true);
  expect(skipped.said).toEqual([]);
});
