import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';

import { beforeEach, describe, expect, it } from 'vitest';

import { failureOf, useHome } from './helpers/home.js';
import { env, isAlive, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const home = useHome(box);
const LONG = 60_000;
/** Says who it is once it has left the session. */
const LEAVER = `setsid sh -c 'echo $$ >pid; exec sleep 600'`;

const FLOCKS = [
  ['missing', undefined, 'ENOENT'],
  ['one that grants every lock', 'exit 0', 'a second lock on the same file was granted'],
  ['refused by the file system', 'echo "flock: 3: No locks available" >&2; exit 71', 'No locks available'],
  ['refused by the file system with the code for a held lock', 'echo "flock: ENOLCK" >&2; exit 1', 'ENOLCK'],
  ['killed', 'kill -9 $$', 'SIGKILL'],
] as const;

describe.each(FLOCKS)('where the program flock is %s, a home', (_, script, reason) => {
  const without = () => ({ PATH: box.path('programs') });

  beforeEach(() => {
    mkdirSync(box.path('programs'));
    if (script !== undefined) box.write('programs/flock', `#!/bin/sh\n${script}\n`);
  });

  it('is taken by one, with a warning, and the other is told by whom', async () => {
    const first = await home.supervisor('one', undefined, without());
    const said = await home.said('one');
    expect(said).toMatchObject({ taken: true, warnings: [expect.stringContaining('no working locks for ')] });
    expect(said.warnings[0]).toContain(reason);
    expect(await failureOf(home.take({ env: without() }))).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      message: expect.stringContaining(`process ${first.pid} (supervisor one, since `) as string,
    });
  });

  it('is taken by exactly one of eight that try at once', async () => {
    const names = ['1', '2', '3', '4', '5', '6', '7', '8'];
    await Promise.all(names.map((name) => home.supervisor(name, undefined, without())));
    const said = await Promise.all(names.map((name) => home.said(name)));
    expect(said.filter(({ taken }) => taken)).toHaveLength(1);
    expect(said.filter(({ code }) => code === 'RUNNER_HOME_LOCKED')).toHaveLength(7);
  });

  it('is taken over from one that was killed, and its node is ended with its whole session', async () => {
    const node = '/bin/sleep 600 & echo $! >pid; /bin/sleep 600';
    const { child } = await home.orphan(node, without());
    const pid = Number(await box.said('pid'));
    home.straggler(pid);
    const lock = await home.take({ env: without() });
    expect([child, pid].map(isAlive)).toEqual([true, true]);
    expect(() => lock.descriptor).toThrow('may still live');
    await lock.clear({ grace: LONG });
    expect([child, pid].map(isAlive)).toEqual([false, false]);
    expect(lock.descriptor).toBeUndefined();
  });

  it('is free again once it was released', async () => {
    const first = await home.take({ env: without() });
    expect(await failureOf(home.take({ env: without() }))).toMatchObject({ code: 'RUNNER_HOME_LOCKED' });
    first.release();
    await home.take({ env: without() });
    expect(readdirSync(home.dir).filter((name) => name.startsWith('supervisor-'))).toEqual(['supervisor-1.json']);
  });

  it('is refused to one with locks while one without them lives, and the other way round', async () => {
    const first = await home.take({ env: without() });
    expect(await failureOf(home.take())).toMatchObject({ code: 'RUNNER_HOME_LOCKED' });
    first.release();
    const second = await home.take();
    expect(await failureOf(home.take({ env: without() }))).toMatchObject({ code: 'RUNNER_HOME_LOCKED' });
    second.release();
  });

  it('is cleared of what a supervisor with locks has left', async () => {
    const { child } = await home.orphan(`${LEAVER} & exec sleep 600`);
    const pid = Number(await box.said('pid'));
    home.straggler(pid);
    const lock = await home.take({ env: without() });
    await lock.clear({ grace: LONG });
    expect([child, pid].map(isAlive)).toEqual([false, false]);
  });
});

const find = 'busybox --list | grep -qx flock && command -v busybox';
const busybox = spawnSync('/bin/sh', ['-c', find]).stdout.toString().trim();

describe.skipIf(busybox === '')('with the flock of busybox (where one with it is installed)', () => {
  it('works as with that of util-linux', async () => {
    mkdirSync(box.path('programs'));
    symlinkSync(busybox, box.path('programs/flock'));
    const environment = { PATH: `${box.path('programs')}:${env.PATH}` };
    const { child } = await home.orphan('exec sleep 600', environment);
    const lock = await home.take({ env: environment });
    expect(await failureOf(home.take({ env: environment }))).toMatchObject({ code: 'RUNNER_HOME_LOCKED' });
    await lock.clear({ grace: LONG });
    expect(isAlive(child)).toBe(false);
    expect(lock.descriptor).toBeTypeOf('number');
    expect(home.warnings).toEqual([]);
  });
});
