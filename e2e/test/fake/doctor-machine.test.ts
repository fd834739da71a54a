import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { waitFor } from '@chainvisor/testkit';
import { describe, it, vi } from 'vitest';

import { diagnose, patient, patientRefused } from '../../src/doctor.ts';
import { handOver } from '../../src/doctor-breaks.ts';
import { expectCleanStop } from '../../src/fake-checks.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { mountSpaceRefused } from '../../src/mount-space.ts';
import { smallDisk } from '../../src/small-disk.ts';
import { program } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 2 });

const plain = { DAEMON_LOG_BUFFER_SIZE: '', UNSAFE_SKIP_BACKUP: '' };

describe.concurrent('of its machine, the doctor', () => {
  const noMount = mountSpaceRefused();

  it.skipIf(noMount !== undefined)(titled('tells of a disk with next to no bytes and inodes', noMount), async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const disk = await smallDisk(t, run, join(run.home.home, 'data'));
    const { troubles, code } = await diagnose([], run.home.env(plain), disk.program);
    const spaces = troubles.filter((text) => text.includes(' space: '));
    t.expect(spaces.slice(0, 2)).toEqual([
      t.expect.stringMatching(/^error space: there are only .* left for the data$/) as unknown,
      t.expect.stringMatching(/^error space: there are only \d+ inodes left for the data$/) as unknown,
    ]);
    t.expect(code).toBe(78);
  });

  it.skipIf(noMount !== undefined)(titled('tells of a place of backups that no copy fits in', noMount), async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const place = join(run.home.dir, 'backups');
    await mkdir(place);
    await writeFile(join(run.home.home, 'data/large'), Buffer.alloc(3_000_000));
    const disk = await smallDisk(t, run, place);
    const { troubles, code } = await diagnose(
      [],
      run.home.env({ ...plain, DAEMON_DATA_BACKUP_DIR: place }),
      disk.program,
    );
    t.expect(troubles).toEqual(['error space: there is no room for a backup: an upgrade would stop before the switch']);
    t.expect(code).toBe(78);
  });

  it('tells how much room the old data of restores takes', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const aside = join(run.home.home, 'data-before-restore-2026-1-1');
    await mkdir(aside);
    await writeFile(join(aside, 'large'), Buffer.alloc(3_000_000, 1));
    const { troubles, checks } = await diagnose([], run.home.env(plain));
    t.expect(troubles).toEqual([]);
    t.expect(checks).toContainEqual(
      t.expect.objectContaining({
        level: 'note',
        what: t.expect.stringMatching(/^restores have put data aside that takes 3/) as unknown,
        where: aside,
      }),
    );
  });

  it('tells of a clock that is an hour ahead of the chain', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const supervisor = run.start(plain);
    await run.reached(5);
    const ahead = join(run.home.dir, 'ahead.mjs');
    await writeFile(ahead, 'const { now } = Date; Date.now = () => now() + 3_600_000;\n');
    const { troubles } = await diagnose([], run.home.env({ ...plain, NODE_OPTIONS: `--import=${ahead}` }));
    t.expect(troubles.filter((text) => text.includes(' clock: '))).toEqual([
      t.expect.stringMatching(
        /^warning clock: the newest block is 36\d\d s older than this machine's time$/,
      ) as unknown,
    ]);
    await expectCleanStop(t.expect, run, supervisor);
  });

  it('tells that the program of the running supervisor was replaced', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const file = join(run.home.dir, 'chainvisor/dist/main.js');
    await mkdir(dirname(file), { recursive: true });
    await copyFile(program, file);
    await cp(join(dirname(dirname(program)), 'package.json'), join(run.home.dir, 'chainvisor/package.json'));
    const supervisor = run.start(plain, file);
    await run.reached(5);
    const saysReplaced = async () => {
      const { checks } = await diagnose([], run.home.env(plain));
      return checks.some(({ level, topic, what, where }) => {
        const isSaid = topic === 'update' && /, from a file that was replaced after that$/.test(what);
        return isSaid && level === 'note' && where === file;
      });
    };
    t.expect(await saysReplaced()).toBe(false);
    // When it was started is known to the second.
    await waitFor(
      'the doctor to tell of it',
      async () => {
        await copyFile(program, `${file}.new`);
        await rename(`${file}.new`, file);
        return saysReplaced();
      },
      { timeout: 60_000 },
    );
    await expectCleanStop(t.expect, run, supervisor);
  });

  const noCompiler = patientRefused() ?? compilerRefused();

  it.skipIf(noCompiler !== undefined)(
    titled('tells of a library that a staged binary lacks', noCompiler),
    async (t) => {
      const all = await patient(t);
      const { dir } = all.run.home;
      await writeFile(join(dir, 'lib.c'), 'int lacking(void) { return 0; }\n');
      await writeFile(join(dir, 'main.c'), 'int lacking(void); int main(void) { return lacking(); }\n');
      const sh = (script: string) => execFileSync('sh', ['-ec', script], { cwd: dir, stdio: 'pipe' });
      sh('cc -shared -fPIC -o liblacking.so lib.c');
      await rm(all.run.at('upgrades/v2/bin/palomad'));
      sh(`cc -o '${all.run.at('upgrades/v2/bin/palomad')}' main.c -L. -llacking`);
      await rm(join(dir, 'liblacking.so'));
      await handOver(all);
      const { checks, code } = await all.diagnose();
      t.expect(code).toBe(78);
      const found = checks.find(({ what }) => what === 'the binary of upgrades/v2 will not run here');
      t.expect(found).toMatchObject({ level: 'error', topic: 'binaries' });
      t.expect(found?.why).toContain('liblacking.so');
    },
  );
});

function compilerRefused(): string | undefined {
  try {
    execFileSync('cc', ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'needs a C compiler';
  }
}
