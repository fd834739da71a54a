import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guideUnit } from '@chainvisor/testkit';
import { describe, it, vi } from 'vitest';

import { disturbing, oneWorker, readSteps, recording, straceRefused } from '../../src/disk-steps.ts';
import { always, environmentFile, unitFile, unitRun } from '../../src/fake-units.ts';
import { nodePath, startAlone } from '../../src/stager.ts';
import { program } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 1 });

const refused = straceRefused();

describe('an install that is killed', () => {
  it.skipIf(refused !== undefined)(
    titled('at any step leaves whole files only, and the next one ends right', refused),
    { timeout: 600_000 },
    async (t) => {
      const { run, root, at, env } = await unitRun(t);
      // Its own steps would be taken for ours.
      const bin = join(run.home.dir, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'systemctl'), '#!/bin/sh\n');
      await chmod(join(bin, 'systemctl'), 0o755);
      const prepare = async () => {
        await rm(at('/etc'), { recursive: true, force: true });
        await mkdir(at('/etc/systemd/system'), { recursive: true });
        await writeFile(at(unitFile), guideUnit);
      };
      const install = (lead: readonly string[]) => {
        const command = ['/usr/bin/env', ...lead, nodePath, program, 'systemd', 'install', ...always];
        const environment = { ...env, ...oneWorker, PATH: `${bin}:${env['PATH'] ?? ''}` };
        return startAlone(t, [...command, '--root', root, '--force'], environment).ended;
      };
      const read = (path: string) => readFile(at(path), 'utf8').catch(() => undefined);
      const all = [environmentFile, unitFile, `${unitFile}.before-chainvisor`];

      await prepare();
      const log = join(run.home.dir, 'strace');
      t.expect((await install(recording(log))).code).toBe(0);
      const steps = readSteps(await readFile(log, 'utf8'));
      t.expect(steps.filter(({ call }) => call.startsWith('rename')).length).toBe(all.length);
      const whole = await Promise.all(all.map(read));

      for (const step of steps) {
        const where = `${step.call} ${step.nth}: ${step.shown}`;
        await prepare();
        const { code, signal } = await install(disturbing(step, 'signal=SIGKILL'));
        t.expect([code, signal], where).not.toEqual([0, null]);
        const found = await Promise.all(all.map(read));
        t.expect([undefined, whole[0]], where).toContain(found[0]);
        t.expect([guideUnit, whole[1]], where).toContain(found[1]);
        t.expect([undefined, guideUnit], where).toContain(found[2]);
        // Nobody's text is lost.
        if (found[1] !== guideUnit) t.expect(found[2], where).toBe(guideUnit);
        const units = (await readdir(at('/etc/systemd/system'))).filter((name) => /\.(?:service|conf)$/.test(name));
        t.expect(units, where).toEqual(['palomad.service']);
        t.expect((await install([])).code, where).toBe(0);
        t.expect(await Promise.all(all.map(read)), where).toEqual(whole);
      }
    },
  );
});
