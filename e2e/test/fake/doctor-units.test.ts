import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guideUnit, processesUnder, waitFor } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';

import { diagnose, type Patient, patient, patientRefused } from '../../src/doctor.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { giveTo, nobody } from '../../src/other-user.ts';
import { program, startSupervisor } from '../../src/supervisor.ts';
import { through } from '../../src/through.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 2 });

describe.concurrent("of the guide's set-up, the doctor", () => {
  it('names what the unit lacks, and what it has wrong', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const unit = join(run.home.dir, 'palomad.service');
    await writeFile(unit, guideUnit);
    const { code, checks, troubles } = await diagnose(['--unit', unit], { HOME: run.home.dir });
    t.expect(code).toBe(78);
    // Each once, of the unit alone.
    t.expect(troubles.filter((text) => text.includes('DAEMON_'))).toEqual([
      'error unit: DAEMON_NAME is not set',
      'error unit: DAEMON_HOME is not set',
    ]);
    const places = checks.filter(({ topic, level }) => topic === 'unit' && level !== 'ok').map(({ where }) => where);
    // The stray line, the command, the limit of files and the working directory, each with its line.
    for (const line of [17, 11, 6, 9]) t.expect(places).toContain(`${unit}:${line}`);
  });

  it('with the environment in the unit, tells of the binary that the last command has left beside bin/', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    await run.home.stage('v2.4.14', { profile: '0.50', version: 'v2.4.14' }, { withoutBin: true });
    const { DAEMON_NAME = '', DAEMON_HOME = '' } = run.home.env();
    const unit = join(run.home.dir, 'palomad.service');
    const lines = `Environment=DAEMON_NAME=${DAEMON_NAME}\nEnvironment=DAEMON_HOME=${DAEMON_HOME}\n`;
    await writeFile(unit, guideUnit.replace('ExecReload=\n', lines));
    const { troubles } = await diagnose(['--unit', unit]);
    const others = troubles.filter((text) => !/^\w+ unit: /.test(text));
    t.expect(others).toEqual(['warning layout: the binary of upgrades/v2.4.14 lies beside bin/']);
  });
});

describe.concurrent('without a word on the unit, the doctor', () => {
  // Anybody else gets a namespace in which all users have other numbers.
  const needsRoot = process.getuid?.() === 0 ? undefined : 'needs root';
  const refused = needsRoot ?? patientRefused() ?? mountSpaceRefused();

  /** Runs the doctor where these are the units of the machine. */
  async function withUnits(t: TestContext, { run }: Patient, units: Readonly<Record<string, string>>, env = {}) {
    const space = await mountSpace(t);
    const from = join(run.home.dir, 'system');
    await mkdir(from);
    for (const [name, text] of Object.entries(units)) await writeFile(join(from, name), text);
    const file = await through(run, { command: space.enter });
    await space.sh(`mount -t tmpfs none /etc/systemd/system && cp ${from}/* /etc/systemd/system/`);
    return diagnose([], env, file);
  }

  const cosmovisor = ({ env, run }: Patient) => `[Service]
User=nobody
Environment=DAEMON_NAME=${env['DAEMON_NAME'] ?? ''} DAEMON_HOME=${run.home.home}
ExecStart=/usr/local/go/bin/cosmovisor run start
`;

  const textOf = ({ unit }: Patient): Promise<string> => readFile(unit, 'utf8');

  it.skipIf(refused !== undefined)(titled('takes the one that runs chainvisor', refused), async (t) => {
    const all = await patient(t);
    const { troubles, checks } = await withUnits(t, all, { 'chainvisor-paloma.service': await textOf(all) });
    t.expect(troubles).toEqual([]);
    t.expect(checks.map(({ what }) => what)).toContain(
      'chainvisor-paloma.service counts, as it stands in /etc/systemd/system/chainvisor-paloma.service',
    );
  });

  it.skipIf(refused !== undefined)(titled("tells of cosmovisor's unit on the same home", refused), async (t) => {
    const all = await patient(t);
    const units = { 'new.service': await textOf(all), 'old.service': cosmovisor(all) };
    const { troubles } = await withUnits(t, all, units);
    t.expect(troubles).toEqual(['error leftovers: old.service starts cosmovisor on this home, too']);
  });

  it.skipIf(refused !== undefined)(
    titled('of several takes that of the home of the environment, else asks which', refused),
    async (t) => {
      const [one, other] = [await patient(t), await patient(t)];
      const units = { 'one.service': await textOf(one), 'two.service': await textOf(other) };
      const named = await withUnits(t, one, units, { DAEMON_HOME: other.run.home.home });
      t.expect(named.troubles).toEqual([]);
      t.expect(named.checks[0]?.what).toMatch(/^two\.service counts/);
      await rename(join(one.run.home.dir, 'system'), join(one.run.home.dir, 'system-of-before'));
      const asked = await withUnits(t, one, units);
      t.expect(asked.checks[0]?.what).toBe(
        'several units start chainvisor: one.service, two.service; name one: --unit one.service',
      );
      t.expect(asked.code).toBe(78);
    },
  );
});

describe('a doctor that asks binaries that hang', () => {
  const refused = patientRefused();

  it.skipIf(refused !== undefined)(titled('ends them, and tells what it knows without them', refused), async (t) => {
    const all = await patient(t);
    await writeFile(all.run.at('upgrades/v2/bin/palomad'), '#!/bin/sh\nsleep 600\n');
    await all.rewrite({ lines: ['KillSignal=SIGINT'] });
    if (process.getuid?.() === 0) await giveTo(nobody, all.run.home.dir);
    const { troubles } = await all.diagnose();
    t.expect(troubles).toEqual([
      'warning unit: KillSignal=SIGINT',
      'warning binaries: `palomad version` of upgrades/v2 fails',
    ]);
    t.expect(await processesUnder(all.run.home.dir)).toEqual([]);
  });
});

describe('a doctor that is killed', () => {
  const refused = patientRefused();

  it.skipIf(refused !== undefined)(titled('leaves nobody behind', refused), async (t) => {
    const all = await patient(t);
    // Long enough to be met by the signal.
    await writeFile(all.run.at('upgrades/v2/bin/palomad'), '#!/bin/sh\nexec sleep 5\n');
    if (process.getuid?.() === 0) await giveTo(nobody, all.run.home.dir);
    const doctor = startSupervisor(['doctor', '--unit', all.unit], { PATH: process.env['PATH'] ?? '' });
    await waitFor('the process that looks', async () =>
      (await processesUnder(all.run.home.dir)).some(
        ({ cmdline }) => cmdline.includes(program) && cmdline.includes('doctor-look'),
      ),
    );
    doctor.kill('SIGKILL');
    await doctor.ended;
    await waitFor('the end of all others', async () => (await processesUnder(all.run.home.dir)).length === 0);
    t.expect(await processesUnder(all.run.home.dir)).toEqual([]);
  });
});
