import { mkdir, writeFile } from 'node:fs/promises';
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

it('warns of databases that config.toml puts elsewhere, unless they are backed up along', async () => {
  const outside = await makeWorld({ env: { CHAINVISOR_BACKUP_OUTSIDE: 'db' } });
  for (const { ctx, layout, said } of [await makeWorld(), outside]) {
    const database = join(layout.home, 'db/state.db');
    await mkdir(database, { recursive: true });
    await writeFile(join(database, 'LOCK'), '');
    await mkdir(join(layout.home, 'config'));
    await writeFile(join(layout.home, 'config/config.toml'), 'db_dir = "db"\n');
    await announceBackups(ctx, false);
    const message = 'the node keeps a database outside of what is backed up: no backup has it';
    expect(said).toEqual(ctx === outside.ctx ? [] : [{ level: 'warn', message, fields: { path: database } }]);
  }
});
