import { chmod, mkdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded } from '../../src/fake-checks.ts';
import { elfOfAnotherMachine } from '../../src/fake-elf.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { fakeRun, release } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 8 };

interface Unfit {
  readonly title: string;
  readonly reason: RegExp;
  readonly place: (path: string) => Promise<void>;
}

const unfit: readonly Unfit[] = [
  { title: 'missing', reason: /no such file/, place: (path) => rm(path, { force: true }) },
  {
    title: 'not executable',
    reason: /mode 0644: run chmod \+x/,
    place: async (path) => {
      await writeScript(path, 'exit 0', 0o644);
    },
  },
  {
    title: 'a directory',
    reason: /a directory/,
    place: async (path) => {
      await mkdir(path, { recursive: true });
    },
  },
  {
    title: 'a link to nothing',
    reason: /a link to what does not exist/,
    place: (path) => symlink('/nonexistent/palomad', path),
  },
  {
    title: "another machine's program",
    reason: /ELF for \w+, 64 bit.*; this machine is \w+/,
    place: (path) => writeFile(path, elfOfAnotherMachine(), { mode: 0o755 }),
  },
  {
    title: 'a text without #!',
    reason: /neither ELF nor a script that begins with #!/,
    place: (path) => writeFile(path, 'echo Not Found\n', { mode: 0o755 }),
  },
  {
    title: 'a script without its interpreter',
    reason: /interpreter "\/nonexistent\/sh" is missing/,
    place: (path) => writeFile(path, '#!/nonexistent/sh\nexit 0\n', { mode: 0o755 }),
  },
];

describe.concurrent('a staged binary that cannot run', () => {
  it.for(unfit)('stops the upgrade before the switch: $title', async ({ reason, place }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const path = run.at('upgrades/v2/bin/palomad');
    await mkdir(dirname(path), { recursive: true });
    await place(path);

    const first = run.start();
    const toDo = /put the new palomad there, executable, and start again/;
    await expectGivenUp(t.expect, run, first, 68, ['"v2" at height 5', path, reason, toDo]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);

    // As long as nobody mends it, each start ends the same way; the old binary is not run past its height.
    await expectGivenUp(t.expect, run, run.start(), 68, [path, reason, toDo]);
    t.expect(livesOf(await run.home.events())).toHaveLength(1);

    await rm(path, { recursive: true, force: true });
    await run.stage('v2');
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  });

  it('is told at the start, while there is time', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await chmod(await run.stage('v2'), 0o644);
    const supervisor = run.start();
    await supervisor.saw(/WRN a staged binary cannot run upgrade=v2 reason="mode 0644/);
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, []);
  });
});

describe.concurrent('a binary that is', () => {
  it('a shell script that replaces itself by the node is taken for it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const real = join(run.home.dir, 'opt/palomad');
    await run.home.install(real, release(run.profile, 'v2'));
    await writeScript(run.at('upgrades/v2/bin/palomad'), `exec "${real}" "$@"`);
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
  });

  it('a shell script around the node ends with the node, before the next one starts', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], shutdown: 700 } });
    const real = (name: string) => join(run.home.dir, name, 'palomad');
    for (const [name, path] of [
      ['v1', run.home.genesisBinary],
      ['v2', run.at('upgrades/v2/bin/palomad')],
    ] as const) {
      await run.home.install(real(name), release(run.profile, name));
      await writeScript(path, `"${real(name)}" "$@"\nexit $?`);
    }
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    // The shell dies of the signal; its node is asked to end as well, and has the time for it.
    await expectCleanStop(t.expect, run, supervisor, 143);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real('v2') } });
    t.expect(livesOf(await run.home.events())).toMatchObject([
      { version: 'v1', code: 0, path: real('v1') },
      { version: 'v2', code: 0, path: real('v2') },
    ]);
  });

  it('a link is followed', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const real = join(run.home.dir, 'opt/palomad');
    const path = run.at('upgrades/v2/bin/palomad');
    await run.home.install(real, release(run.profile, 'v2'));
    await mkdir(dirname(path), { recursive: true });
    await symlink(real, path);
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await readlink(path)).toBe(real);
    t.expect(only(await run.home.events(), 'start').at(-1)?.realPath).toBe(real);
  });

  it('beside bin/, as the seed document leaves it, is moved in when its upgrade is due', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2, v3] } });
    await run.home.stage('v2', release(run.profile, 'v2'), { withoutBin: true });
    await run.stage('v3');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.*plan=v3/);
    await run.reached(9);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
    const warned = /WRN a staged binary lies beside bin\/: it will be moved in when its upgrade is due upgrade=v2/;
    const moved = /INF the binary lay beside bin\/ and was moved in path=\S*\/upgrades\/v2\/bin\/palomad/;
    t.expect(supervisor.log()).toMatch(new RegExp(`${warned.source}[^]*upgrade detected plan=v2[^]*${moved.source}`));
    t.expect(supervisor.log().split('moved in path=')).toHaveLength(2);
  });

  it('beside bin/ and cannot run is refused where it lies', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await chmod(await run.home.stage('v2', release(run.profile, 'v2'), { withoutBin: true }), 0o644);
    const first = run.start();
    await expectGivenUp(t.expect, run, first, 68, [run.at('upgrades/v2/bin/palomad'), /mode 0644/]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');

    await chmod(run.at('upgrades/v2/palomad'), 0o755);
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });
});

describe.concurrent('the lib directory of an upgrade', () => {
  it.for([
    { title: 'alone', env: {}, old: undefined },
    { title: 'before what LD_LIBRARY_PATH says', env: { LD_LIBRARY_PATH: '/opt/lib' }, old: '/opt/lib' },
  ])('is where its binary, and no other, finds libraries first: $title', async ({ env, old }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2, v3] } });
    await run.stage('v2');
    await run.stage('v3');
    const lib = run.at('upgrades/v2/lib');
    await mkdir(lib);
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified.*plan=v3/);
    await run.reached(9);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
    const found = only(await run.home.events(), 'start').map(({ libraryPath }) => libraryPath);
    t.expect(found).toEqual([old, old === undefined ? lib : `${lib}:${old}`, old]);
  });
});
