import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { describe, expect, it } from 'vitest';

import { RunnerError } from '../src/index.js';
import { identityOf } from '../src/process-identity.js';
import { failureOf, useHome } from './helpers/home.js';
import { env, isAlive, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const home = useHome(box);
const QUICK = { grace: 60_000 };

describe('a home', () => {
  it('is taken by one process, and the other is told by whom', async () => {
    const first = await home.supervisor('one');
    expect(await home.said('one')).toMatchObject({ taken: true, warnings: [] });
    const failure = await failureOf(home.take());
    expect(failure).toBeInstanceOf(RunnerError);
    expect(failure).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      hint: expect.stringContaining('systemctl stop') as string,
    });
    expect(failure.message).toMatch(
      new RegExp(`${home.file('supervisor.lock')} is locked by process ${first.pid} \\(supervisor one, since 2`),
    );
    expect(isAlive(first.pid)).toBe(true);
  });

  it('is taken by exactly one of eight that try at once', async () => {
    const names = ['1', '2', '3', '4', '5', '6', '7', '8'];
    await Promise.all(names.map((name) => home.supervisor(name)));
    const said = await Promise.all(names.map((name) => home.said(name)));
    const winners = said.filter(({ taken }) => taken);
    expect(winners).toHaveLength(1);
    const losers = said.filter(({ taken }) => !taken);
    expect(new Set(losers.map(({ code }) => code))).toEqual(new Set(['RUNNER_HOME_LOCKED']));
    for (const { message } of losers) expect(message).toContain(`process ${winners[0]?.pid} `);
  });

  it('is free again once it was released, with no record left', async () => {
    const lock = await home.take();
    await expect(home.take()).rejects.toThrow(`process ${process.pid} (this test, since `);
    lock.release();
    expect(readdirSync(home.dir).sort()).toEqual(['lock', 'supervisor.lock']);
    lock.release();
    await home.take();
    expect(home.warnings).toEqual([]);
  });

  it('is free again once its supervisor was killed, while what that started keeps its own part', async () => {
    const { child } = await home.orphan('trap "" TERM; while :; do sleep 0.01; done');
    const lock = await home.take();
    expect(isAlive(child)).toBe(true);
    // Whoever forgets to clear the home cannot start anything.
    expect(() => lock.descriptor).toThrow('may still live');
    await lock.clear({ grace: 0 });
    expect(isAlive(child)).toBe(false);
    expect(lock.descriptor).toBeTypeOf('number');
  });

  it('keeps the files of its locks for ever', async () => {
    const first = await home.take();
    const inodes = ['lock', 'supervisor.lock'].map(home.inode);
    const child = await box.start({ ...sh('exec sleep 600'), env, inherit: [first.descriptor as number] });
    first.started(child.pid, 'sleep 600');
    await first.clear(QUICK);
    first.release();
    const second = await home.take();
    await second.clear(QUICK);
    expect(['lock', 'supervisor.lock'].map(home.inode)).toEqual(inodes);
  });

  it('makes its directory where that is missing, on the way to it too', async () => {
    rmSync(box.path('cosmovisor'), { recursive: true });
    mkdirSync(box.path('cosmovisor'));
    await home.take();
    expect(readdirSync(home.dir)).toContain('supervisor.lock');
  });

  it('is not taken a second time where the lock files were deleted under a supervisor', async () => {
    const first = await home.supervisor('one');
    await home.said('one');
    rmSync(home.file('supervisor.lock'));
    rmSync(home.file('lock'));
    expect(await failureOf(home.take())).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      message: expect.stringContaining(`process ${first.pid} (`) as string,
    });
    rmSync(home.dir, { recursive: true });
    expect(await failureOf(home.take())).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      message: expect.stringContaining(`process ${first.pid} (`) as string,
    });
  });

  it('is refused where its lock is a symbolic link', async () => {
    mkdirSync(home.dir);
    writeFileSync(box.path('elsewhere'), '');
    symlinkSync(box.path('elsewhere'), home.file('supervisor.lock'));
    expect(await failureOf(home.take())).toMatchObject({ code: 'RUNNER_LOCK_DENIED' });
  });
});

describe('what is on record of a supervisor', () => {
  const records = () => readdirSync(home.dir).filter((name) => name.startsWith('supervisor-'));

  it('is its number, start, machine, namespace and command, and nothing else', async () => {
    await home.take();
    const [name] = records();
    expect(JSON.parse(readFileSync(home.file(name ?? ''), 'utf8'))).toEqual({
      ...identityOf(process.pid),
      since: expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      command: 'this test',
    });
  });

  it.each([
    ['garbage', 'no JSON at all'],
    ['torn', '{"pid":1,"startTi'],
    ['empty', ''],
    ['of another form', '[{"pid":"1"}]'],
  ])('does no harm when it is %s', async (_, text) => {
    mkdirSync(home.dir);
    writeFileSync(home.file('supervisor-7.json'), text);
    writeFileSync(home.file('started.json'), text);
    const lock = await home.take();
    await lock.clear(QUICK);
    expect(records()).toEqual(['supervisor-8.json']);
    expect(home.warnings).toEqual([]);
  });

  it.each([
    ['whose number another process has now', { startTime: 1 }],
    ['of another run of the machine', { bootId: 'another' }],
    ['of another PID namespace', { pidNamespace: 'pid:[1]' }],
  ])('counts for nothing when it is one %s', async (_, change) => {
    const stranger = await box.shell('exec sleep 600');
    const record = { ...identityOf(stranger.pid), since: 'then', command: 'x', ...change };
    mkdirSync(home.dir);
    writeFileSync(home.file('supervisor-1.json'), JSON.stringify(record));
    writeFileSync(home.file('started.json'), JSON.stringify([record]));
    const lock = await home.take();
    await lock.clear(QUICK);
    expect(lock.descriptor).toBeTypeOf('number');
    expect(isAlive(stranger.pid)).toBe(true);
  });

  it('does not hide who really holds the lock', async () => {
    const first = await home.supervisor('one');
    await home.said('one');
    for (const name of records()) rmSync(home.file(name));
    const stranger = await box.shell('exec sleep 600');
    const record = { ...identityOf(stranger.pid), startTime: 1, since: 'then', command: 'the stranger' };
    writeFileSync(home.file('supervisor-9.json'), JSON.stringify(record));
    const { message } = await failureOf(home.take());
    expect(message).toContain(`locked by process ${first.pid} (`);
    expect(message).toContain('supervisor.js');
    expect(message).not.toContain('the stranger');
  });

  it('is left alone by who only looks at the files', async () => {
    const first = await home.take();
    const reader = await box.shell(`exec tail -f ${home.file('lock')} ${home.file('supervisor.lock')} >tail.out`);
    linkSync(home.file('lock'), box.path('second-name'));
    first.started(reader.pid + 100_000_000, 'nobody');
    await first.clear(QUICK);
    expect(isAlive(reader.pid)).toBe(true);
    first.release();
    const second = await home.take();
    await second.clear(QUICK);
    expect(isAlive(reader.pid)).toBe(true);
    expect(existsSync(box.path('second-name'))).toBe(true);
  });
});
