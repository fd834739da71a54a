import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountOf, isForbidden, ownAccount, ownerOf, refusalOf } from '../src/doctor/account.js';
import { supervisorLine } from '../src/doctor/arguments.js';
import { checker, counted, isGood } from '../src/doctor/check.js';
import { readSettingsFacts } from '../src/doctor/settings-facts.js';
import { Overdue, within } from '../src/doctor/within.js';
import { tempDir } from './helpers/temp.js';

const isRoot = process.getuid?.() === 0;

describe('a bound in time', () => {
  it('lets through what comes in time, be it an error', async () => {
    expect(await within(60_000, Promise.resolve(7))).toBe(7);
    await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends what never comes, and does not mind what comes too late', async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (fail = reject));
    await expect(within(10, late)).rejects.toThrow(Overdue);
    fail(new Error('too late'));
    await expect(late).rejects.toThrow('too late');
  });
});

describe('the command line of a supervisor', () => {
  it.each([
    ['chainvisor run start --home /h', { args: ['start', '--home', '/h'], config: undefined }],
    ['/usr/local/bin/chainvisor start', { args: ['start'], config: undefined }],
    ['/n/bin/node /lib/chainvisor/dist/main.js run -c /c.toml start', { args: ['start'], config: '/c.toml' }],
    ['/usr/local/go/bin/cosmovisor run start', { args: ['start'], config: undefined }],
    ['/usr/bin/env chainvisor run start', { args: ['start'], config: undefined }],
    ['/usr/bin/palomad start', undefined],
    ['/usr/bin/node /srv/shop/dist/main.js', undefined],
    ['/usr/bin/node /srv/shop/dist/main.js start', undefined],
    ['chainvisor version', undefined],
    ['chainvisor --log-format xml run start', undefined],
    ['', undefined],
  ])('%j', (line, told) => {
    expect(supervisorLine(line.split(' ').filter((word) => word !== ''))).toEqual(told);
  });
});

describe('the rights of an account', () => {
  const stranger = { name: 'stranger', uid: 54_321, groups: [54_321] };

  it('are those of owner, group and others, for all directories above as well', async () => {
    const dir = await tempDir();
    const inside = join(dir, 'a', 'b');
    mkdirSync(inside, { recursive: true });
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'a'), 0o755);
    chmodSync(inside, 0o755);
    expect(await refusalOf(stranger, inside, 'list')).toBeUndefined();
    expect(await refusalOf(stranger, inside, 'write')).toMatchObject({ because: 'rights', path: inside, mode: '755' });
    chmodSync(inside, 0o777);
    expect(await refusalOf(stranger, inside, 'write')).toBeUndefined();
    chmodSync(join(dir, 'a'), 0o700);
    expect(await refusalOf(stranger, inside, 'write')).toMatchObject({ because: 'rights', path: join(dir, 'a') });
  });

  it('are those of the group for one who is in it, whatever others may', async () => {
    const file = join(await tempDir(), 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o606);
    chmodSync(join(file, '..'), 0o755);
    const gid = process.getegid?.() ?? 0;
    expect(await refusalOf({ ...stranger, groups: [gid] }, file, 'read')).toMatchObject({ because: 'rights' });
    expect(await refusalOf(stranger, file, 'read')).toBeUndefined();
  });

  it('follow links, and are none where nothing is', async () => {
    const dir = await tempDir();
    symlinkSync('nowhere', join(dir, 'link'));
    expect(await refusalOf(ownAccount(), join(dir, 'link'), 'read')).toMatchObject({ because: 'absent' });
    expect(await refusalOf(ownAccount(), join(dir, 'link', 'x'), 'read')).toMatchObject({ because: 'absent' });
  });

  it.skipIf(isRoot)(`of our own are what the system says${isRoot ? ' (skipped: root may all)' : ''}`, async () => {
    const file = join(await tempDir(), 'file');
    writeFileSync(file, '');
    expect(await isForbidden(file)).toBe(false);
    chmodSync(file, 0o200);
    expect(await isForbidden(file)).toBe(true);
    expect(await refusalOf(ownAccount(), file, 'write')).toBeUndefined();
  });

  it('belong to users by name; there is none behind a name that nobody has', async () => {
    expect(await accountOf('root', undefined)).toMatchObject({ name: 'root', uid: 0 });
    expect((await accountOf('root', '54321'))?.groups).toContain(54_321);
    expect(await accountOf('nonexistent-user', undefined)).toBeUndefined();
    expect(await accountOf('--help', undefined)).toBeUndefined();
    expect(await ownerOf('/')).toMatchObject({ uid: 0 });
    expect(await ownerOf('/nonexistent')).toBeUndefined();
  });
});

describe('settings of which one is wrong', () => {
  const env = { DAEMON_NAME: 'palomad', DAEMON_HOME: '/h' };

  it('are read as far as they can be, each problem a line', async () => {
    const { settings, problems } = await readSettingsFacts(
      { ...env, DAEMON_POLL_INTERVAL: 'x', UNSAFE_SKIP_BACKUP: 'y' },
      undefined,
    );
    expect(settings?.values).toMatchObject({ daemonHome: '/h', pollInterval: 300 });
    expect(problems.map((line) => line.split(' ')[0])).toEqual(['DAEMON_POLL_INTERVAL', 'UNSAFE_SKIP_BACKUP']);
  });

  it('are those of the environment where the file cannot be read', async () => {
    const { settings, problems } = await readSettingsFacts(env, '/nonexistent/config.toml');
    expect(settings?.values.daemonHome).toBe('/h');
    expect(problems).toEqual([expect.stringContaining('/nonexistent/config.toml')]);
  });

  it('are none where home and name are not known', async () => {
    const { settings, problems } = await readSettingsFacts({}, undefined);
    expect(settings).toBeUndefined();
    expect(problems).toHaveLength(2);
  });
});

it('checks say no more than there is, and only errors are bad', () => {
  const { ok, warning, error } = checker('clock');
  expect(ok('a', { why: undefined })).toEqual({ topic: 'clock', level: 'ok', what: 'a' });
  expect(isGood([ok('a'), warning('b')])).toBe(true);
  expect(isGood([ok('a'), error('b')])).toBe(false);
  expect([0, 1, 2].map((count) => counted(count, 'block'))).toEqual(['0 blocks', '1 block', '2 blocks']);
});
