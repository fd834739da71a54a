import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  renderServiceDropIn,
  renderServiceUnit,
  renderTimerUnit,
  withSpecifiers,
  type ServiceUnit,
} from '../src/index.js';
import { stager, supervisor } from './support.ts';

const ANALYZE = 'systemd-analyze';
const absent = spawnSync(ANALYZE, ['--version']).status !== 0;
const reason = absent ? ' (skipped: there is no systemd-analyze here)' : '';
const run = promisify(execFile);

const ODD = String.raw`a b  "c" 'd' %n %% $HOME ${'$'}{X} \ \n # ; = ~ äö漢 😀 \\`;
const services: Record<string, ServiceUnit> = {
  'supervisor.service': supervisor,
  'without-notify.service': { ...supervisor, notify: false, restart: 'on-failure', graceMs: Infinity },
  'full.service': { ...supervisor, writable: undefined },
  'of-root.service': { ...supervisor, user: 'root', group: 'root', documentation: 'man:systemd.exec(5)' },
  'of-another.service': { ...supervisor, user: 'daemon', group: 'daemon', preventRestart: [], success: [] },
  'by-number.service': { ...supervisor, user: '1000', group: '1000' },
  'template@.service': {
    ...supervisor,
    user: undefined,
    description: withSpecifiers('%i under chainvisor'),
    exec: ['/bin/true', withSpecifiers('--home=/srv/%i')],
    environmentFiles: [withSpecifiers('/etc/chainvisor/%i.env')],
    writable: [],
  },
  'stager.service': stager,
  'stager-full.service': { ...stager, writable: undefined, environmentFiles: ['/etc/chainvisor/palomad.env'] },
};

describe.skipIf(absent)(`systemd-analyze${reason}`, () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'units of ours-'));
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
  });

  async function written(name: string, text: string): Promise<string> {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** What systemd says of a unit: nothing, where it is right. */
  async function verify(path: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const args = ['verify', '--man=no', '--recursive-errors=no', path];
    const { stdout, stderr } = await run(ANALYZE, args, { env: { ...process.env, ...env }, cwd: dir });
    return stdout + stderr;
  }

  it.each(Object.entries(services))('has no word about %s', async (name, service) => {
    const path = await written(name, renderServiceUnit(service));
    expect(await verify(path.replace('@', '@palomad'))).toBe('');
  });

  it.each(Object.entries(services))('counts an exposure below 4.0 for %s', async (name, service) => {
    const path = await written(name, renderServiceUnit(service));
    const args = ['security', '--offline=true', '--threshold=40', '--no-pager', path];
    const { stdout } = await run(ANALYZE, args);
    const exposure = Number(/exposure level for .*: (\d+\.\d+)/.exec(stdout)?.[1]);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThan(4);
  });

  it.each([
    ['strict', ['/home/val', '/tmp/b']],
    ['full', undefined],
  ])('has no word about an instance of a template with a drop-in that is %s', async (kind, writable) => {
    const name = `drop-in-${kind}`;
    await written(`${name}@.service`, renderServiceUnit(services['template@.service'] ?? supervisor));
    const dropIn = renderServiceDropIn({ user: 'daemon', writable, graceMs: 900_000, restart: 'on-failure' });
    await written(`${name}@a.service.d/50-chainvisor.conf`, dropIn);
    const dump = await verify(join(dir, `${name}@a.service`), { SYSTEMD_LOG_LEVEL: 'debug' });
    expect(dump).toContain('\tUser: daemon\n');
    expect(dump).toContain(`\tProtectSystem: ${kind}\n`);
    expect(await verify(join(dir, `${name}@a.service`))).toBe('');
  });

  it('has no word about the timer', async () => {
    await written('of-timer.service', renderServiceUnit(stager));
    const timer = { description: ODD, onCalendar: '*-*-* 00/6:00:00', randomizedDelaySec: 1800 };
    expect(await verify(await written('of-timer.timer', renderTimerUnit(timer)))).toBe('');
    expect(await verify(await written('other.timer', renderTimerUnit({ ...timer, unit: 'of-timer.service' })))).toBe(
      '',
    );
  });

  it('reads values of any kind as they were given', async () => {
    const program = join(dir, 'a b%n$X;é', 'node');
    await mkdir(dirname(program));
    await writeFile(program, '#!/bin/sh\n');
    await chmod(program, 0o755);
    const path = await written(
      'odd.service',
      renderServiceUnit({
        ...supervisor,
        description: ODD,
        exec: [program, ODD, '', ';', '-', '#', 'a\tb'],
        environment: { ODD, CONTROL: 'a\tb\nc\u0001\u007f', EMPTY: '', BACKSLASH: 'a\\' },
        workingDirectory: `/srv/${ODD}`,
        environmentFiles: [`/etc/a b "c" 'd' %n $X #;é`],
        writable: [`/srv/${ODD}`, '/srv/b\tc\\'],
      }),
    );
    expect(await verify(path)).toBe('');

    const dump = await verify(path, { SYSTEMD_LOG_LEVEL: 'debug' });
    for (const setting of [
      `Description: ${ODD}`,
      `Environment: ODD=${ODD}`,
      'Environment: CONTROL=a\tb\nc\u0001\u007f',
      'Environment: EMPTY=',
      'Environment: BACKSLASH=a\\',
      `WorkingDirectory: /srv/${ODD}`,
      `EnvironmentFile: /etc/a b "c" 'd' %n $X #;é`,
      `ReadWritePaths: /srv/${ODD} /srv/b\tc\\`,
    ]) {
      expect(dump).toContain(`\t${setting}\n`);
    }
    const command = /Command Line: (.*)/.exec(dump)?.[1] ?? '';
    expect(command).toMatch(/" "" ";" - "?#"? "?a\\tb"?$/);
  });
});
