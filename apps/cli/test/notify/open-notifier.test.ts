import { waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';
import { silentNotifier } from '../../src/notify/notifier.js';
import { openNotifier } from '../../src/notify/open-notifier.js';
import { fakeNotify } from '../helpers/fake-notify.js';
import { keepLog } from '../helpers/log.js';

const isFragile = () => false;
const nothing = { socket: undefined, watchdog: undefined };

it('without a socket nothing is told, and nothing said of it', async () => {
  const { log, said } = keepLog();
  const fake = await fakeNotify();
  const notifier = await openNotifier({ service: nothing, env: { PATH: fake.bin }, log, isFragile });
  expect(notifier).toBe(silentNotifier);
  notifier.status('a', 'b');
  notifier.ready();
  notifier.stopping('c');
  await notifier.end();
  expect(fake.told()).toEqual([]);
  expect(said).toEqual([]);
});

it.for([
  { watchdog: '30000000', warned: 1 },
  { watchdog: '0', warned: 0 },
])('a watchdog of $watchdog microseconds is warned of: $warned', async ({ watchdog, warned }) => {
  const { log, said } = keepLog();
  await openNotifier({ service: { socket: undefined, watchdog }, env: {}, log, isFragile });
  expect(said).toHaveLength(warned);
  for (const { level, fields } of said) {
    expect(level).toBe('warn');
    expect(fields?.['do']).toContain('take WatchdogSec= out of the unit');
  }
});

it('the first systemd-notify on PATH is used, relative directories are not looked into', async () => {
  const { log, said } = keepLog();
  const fake = await fakeNotify();
  const env = { PATH: `.:relative/bin::/nowhere:${fake.bin}:${process.env['PATH'] ?? ''}` };
  const notifier = await openNotifier({ service: { ...nothing, socket: '/run/none' }, env, log, isFragile });
  notifier.ready();
  await waitFor('the message', () => fake.told().length > 0);
  await notifier.end();
  expect(fake.told()).toEqual(['READY=1', 'STOPPING=1 | STATUS=ending']);
  expect(said).toEqual([]);
});

it('one that fails is warned of once, with the mend', async () => {
  const { log, said } = keepLog();
  const fake = await fakeNotify();
  await fake.does('echo "Failed to connect" >&2; exit 1');
  const env = { PATH: `${fake.bin}:${process.env['PATH'] ?? ''}` };
  const notifier = await openNotifier({ service: { ...nothing, socket: '/run/none' }, env, log, isFragile });
  for (const phase of ['a', 'b', 'c']) {
    notifier.status(phase);
    await waitFor(`the message ${phase}`, () => fake.told().some((line) => line.includes(`=${phase} `)));
  }
  await notifier.end();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ level: 'warn', fields: { by: fake.file, reason: 'Failed to connect' } });
  expect(said[0]?.fields?.['do']).toContain('Type=exec');
});
