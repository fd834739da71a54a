import { waitFor } from '@chainvisor/testkit';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { listen, notifyRefused, tellersAt } from '../../src/fake-notify.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { through } from '../../src/through.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const v2 = { name: 'v2', height: 5 };

/** A systemd-notify in front of the real one on PATH, and a socket where nobody listens. */
async function withNotify(run: FakeRun, script: string): Promise<Record<string, string>> {
  const bin = join(run.home.dir, 'notify-bin');
  await mkdir(bin, { recursive: true });
  await writeScript(join(bin, 'systemd-notify'), script);
  return {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    NOTIFY_SOCKET: join(run.home.dir, 'nobody'),
  };
}

/** Goes through an upgrade as if systemd had never asked for anything; what was warned of systemd. */
async function expectUndisturbed(
  t: TestContext,
  run: FakeRun,
  env: Readonly<Record<string, string>>,
  warning: RegExp,
  file?: string,
): Promise<void> {
  const supervisor = run.start(env, file);
  await supervisor.saw(/upgrade verified/);
  await supervisor.saw(warning);
  await run.reached(6);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [v2]);
  t.expect(supervisor.log().match(/WRN .*systemd/g)).toHaveLength(1);
  t.expect(tellersAt(env['NOTIFY_SOCKET'] ?? '', supervisor.pid)).toEqual([]);
}

/** A process's session and control groups. */
function placeOf(pid: number): readonly unknown[] {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
  return [afterName.split(' ')[3], readFileSync(`/proc/${pid}/cgroup`, 'utf8')];
}

async function prepared(t: TestContext): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans: [v2] } });
  await run.stage('v2');
  return run;
}

describe.concurrent('a systemd-notify', () => {
  it.for([
    { how: 'fails', script: 'echo "Failed to notify" >&2\nexit 1', reason: 'reason="Failed to notify"' },
    { how: 'hangs', script: 'exec sleep 600', reason: 'reason="it did not end within 8000ms"' },
    { how: 'dies', script: 'kill -9 $$', reason: 'reason=' },
    { how: 'writes without end', script: 'exec yes', reason: 'reason=' },
  ])('that $how disturbs nothing, and is warned of once', async ({ script, reason }, t) => {
    const run = await prepared(t);
    const env = await withNotify(run, script);
    const warning = new RegExp(
      `WRN systemd could not be told .*by=${env['NOTIFY_SOCKET']?.replace(/nobody$/, '')}notify-bin/systemd-notify ${reason}.*Type=exec`,
    );
    await expectUndisturbed(t, run, env, warning);
  });

  const noSpace = mountSpaceRefused();
  it.skipIf(noSpace !== undefined)(
    titled('that is missing disturbs nothing, and is warned of once', noSpace),
    async (t) => {
      const run = await prepared(t);
      const space = await mountSpace(t);
      await space.sh(
        'for file in /usr/bin/systemd-notify /bin/systemd-notify; do [ ! -f $file ] || mount --bind /dev/null $file; done',
      );
      const env = { NOTIFY_SOCKET: join(run.home.dir, 'nobody') };
      const program = await through(run, { command: space.enter });
      await expectUndisturbed(
        t,
        run,
        env,
        /WRN the unit has Type=notify, but there is no systemd-notify .*Type=exec/,
        program,
      );
    },
  );

  it('holds nothing of the home, and is no leftover for the next start after a kill -9', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const env = await withNotify(run, 'exec sleep 20');
    const supervisor = run.start(env);
    // A process that was only just forked, for whatever, still is a copy of the supervisor.
    const isIt = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8') === ['sleep', '20', ''].join('\0');
    const pid = await waitFor('systemd-notify', () => tellersAt(env['NOTIFY_SOCKET'] ?? '', supervisor.pid).find(isIt));
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    t.expect(open.filter((path) => path.startsWith(run.home.dir) && !path.includes('notify-bin'))).toEqual([]);
    t.expect(open.filter((path) => path.includes('lock'))).toEqual([]);
    t.expect(placeOf(pid)).toEqual(placeOf(supervisor.pid));
    await run.reached(2);
    supervisor.kill('SIGKILL');
    await supervisor.ended;
    const next = run.start({});
    await next.saw(/node started/);
    await run.worked(2);
    t.expect(next.log().match(/pids=.*/)?.[0] ?? '').not.toMatch(new RegExp(`\\b${pid}\\b`));
    await expectCleanStop(t.expect, run, next);
  });
});

const refused = notifyRefused();

it.skipIf(refused !== undefined)(titled('after a kill -9 nobody goes on telling', refused), async (t) => {
  const run = await fakeRun(t, { chain: { blockTime: 20 } });
  const listener = await listen(t, run);
  const supervisor = run.start(listener.env);
  await listener.status(/./);
  supervisor.kill('SIGKILL');
  await supervisor.ended;
  await waitFor(
    'the end of who tells',
    () => tellersAt(listener.env['NOTIFY_SOCKET'] ?? '', supervisor.pid).length === 0,
  );
  const before = await listener.all();
  t.expect(before.filter(({ set }) => 'STOPPING' in set)).toEqual([]);
  const next = run.start(listener.env);
  await next.saw(/node started/);
  await blocksLater(run, 1);
  await expectCleanStop(t.expect, run, next);
  t.expect((await listener.all()).filter(({ set }) => 'STOPPING' in set)).toHaveLength(1);
});

it('a watchdog is warned of, with the mend', async (t) => {
  const run = await fakeRun(t, { chain: {} });
  const supervisor = run.start({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' });
  await supervisor.saw(/WRN the unit has WatchdogSec=.* do="take WatchdogSec= out of the unit/);
  await run.reached(2);
  await expectCleanStop(t.expect, run, supervisor);
});
