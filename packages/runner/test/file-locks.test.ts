import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { lockHolders } from '../src/index.js';
import { bound, env, fixturePath, program, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const isRoot = process.getuid?.() === 0;

/** SQLite takes the kind of lock that pebble and rocksdb do: fcntl(2). */
const inSqlite = async (file: string) => {
  const child = await box.start({ ...program('sqlite-lock.js', file), cwd: box.dir, env });
  await box.said('locked');
  return child;
};

describe('lockHolders', () => {
  it('names who holds a lock of flock(2), and whoever has it from there', async () => {
    const file = box.write('LOCK', '');
    const child = await box.start({
      ...sh('exec flock "$1" sh -c "echo . >locked; exec sleep 600"', file),
      cwd: box.dir,
      env,
    });
    await box.said('locked');
    const holders = lockHolders([file]);
    expect(holders.map(({ pid }) => pid)).toContain(child.pid);
    expect(holders.find(({ pid }) => pid === child.pid)).toEqual({
      pid: child.pid,
      file,
      command: expect.stringContaining(`flock ${file}`) as string,
      since: expect.stringMatching(/^2.*Z$/) as string,
    });
    await child.stop({ grace: 60_000 });
    expect(lockHolders([file])).toEqual([]);
  });

  it('names who has a lock whose taker is gone', async () => {
    const file = box.write('LOCK', '');
    const child = await box.start({
      ...sh('exec 9>>"$1"; flock 9; echo . >locked; exec sleep 600', file),
      cwd: box.dir,
      env,
    });
    await box.said('locked');
    expect(lockHolders([file])).toEqual([expect.objectContaining({ pid: child.pid, command: 'sleep 600' })]);
  });

  it('names who holds a lock of fcntl(2)', async () => {
    const file = box.path('data.db');
    const child = await inSqlite(file);
    expect(lockHolders([file])).toEqual([expect.objectContaining({ pid: child.pid, file })]);
    await child.stop({ grace: 0 });
    expect(lockHolders([file])).toEqual([]);
  });

  it('does not name who waits for a lock, or has the file open only', async () => {
    const file = box.write('LOCK', '');
    const descriptor = openSync(file, 'r');
    try {
      expect(spawnSync('flock', ['-n', '3'], { env, stdio: ['ignore', 'ignore', 'inherit', descriptor] }).status).toBe(
        0,
      );
      const waiter = await box.shell('exec 9>>LOCK; echo . >up; exec flock 9');
      const reader = await box.shell('exec tail -f LOCK >tail.out');
      await box.said('up');
      await vi.waitFor(
        () => expect(readFileSync('/proc/locks', 'utf8')).toMatch(new RegExp(`-> FLOCK.* ${waiter.pid} `)),
        bound,
      );
      expect(lockHolders([file]).map(({ pid }) => pid)).toEqual([process.pid]);
      expect(reader.ending).toBeUndefined();
    } finally {
      closeSync(descriptor);
    }
  });

  it('looks at each of the files, and passes over those that are missing', async () => {
    const [free, missing, file] = [box.write('free', ''), box.path('missing/LOCK'), box.path('data.db')];
    const child = await inSqlite(file);
    expect(lockHolders([free, missing, file, `${file}/LOCK`]).map(({ pid, file: name }) => [pid, name])).toEqual([
      [child.pid, file],
    ]);
    expect(lockHolders([])).toEqual([]);
  });

  it.skipIf(!isRoot)('names by /proc/locks whom it may not look into (as root: as another user)', async () => {
    const file = box.path('data.db');
    const child = await inSqlite(file);
    spawnSync('chmod', ['755', box.dir]);
    const asNobody = spawnSync(
      'setpriv',
      ['--reuid=65534', '--clear-groups', process.execPath, fixturePath('lock-holders.js'), file, '/missing'],
      { env },
    );
    expect(JSON.parse(asNobody.stdout.toString())).toEqual([expect.objectContaining({ pid: child.pid, file })]);
  });
});
