import { waitFor } from '@chainvisor/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createNotifier, type Notifier, notifierTimes, type NotifierTimes } from '../../src/notify/notifier.js';
import { sendBySystemdNotify } from '../../src/notify/systemd-notify.js';
import { type FakeNotify, fakeNotify } from '../helpers/fake-notify.js';

const patience = { timeout: 60_000 };
const extend = 'EXTEND_TIMEOUT_USEC=120000000';

interface Made {
  readonly notifier: Notifier;
  readonly fake: FakeNotify;
  readonly troubles: string[];
  /** Resolves once a call has begun whose arguments match. */
  readonly told: (pattern: RegExp) => Promise<string>;
}

async function made(
  times: Partial<NotifierTimes> = {},
  { timeout = 60_000, isFragile = (): boolean => false }: { timeout?: number; isFragile?: () => boolean } = {},
): Promise<Made> {
  const fake = await fakeNotify();
  const troubles: string[] = [];
  const path = process.env['PATH'];
  const notifier = createNotifier({
    send: sendBySystemdNotify(fake.file, '/run/none', { path, timeout }),
    onTrouble: (reason) => troubles.push(reason),
    isFragile,
    times: { ...notifierTimes, ...times },
  });
  onTestFinished(() => notifier.end());
  const told = (pattern: RegExp) =>
    waitFor(`a message like ${String(pattern)}`, () => fake.told().find((line) => pattern.test(line)), patience);
  return { notifier, fake, troubles, told };
}

/** How many messages there are that match. */
const count = ({ fake }: Made, pattern: RegExp) => fake.told().filter((line) => pattern.test(line)).length;

describe('what is told', () => {
  it('in one go is one message, and asks for time until the node runs', async () => {
    const { notifier, told, fake } = await made();
    notifier.status('starting');
    await told(/starting/);
    notifier.status('nearly');
    notifier.ready();
    notifier.status('running genesis', 'height 4');
    await told(/READY/);
    await notifier.end();
    expect(fake.told()).toEqual([
      `STATUS=starting | ${extend}`,
      'READY=1 | STATUS=running genesis, height 4',
      'STOPPING=1 | STATUS=ending',
    ]);
  });

  it('goes out one by one; of what waits meanwhile the newest status counts', async () => {
    const { notifier, told, fake } = await made();
    await fake.hold();
    notifier.ready();
    await told(/READY/);
    for (const phase of ['a', 'b', 'c']) notifier.status(phase);
    fake.letGo();
    await told(/=c$/);
    notifier.status('d');
    await notifier.end();
    expect(fake.told()).toEqual(['READY=1', 'STATUS=c', 'STOPPING=1 | STATUS=ending']);
    expect(fake.overlapped()).toBe(false);
  });

  it('is told once: READY, STOPPING, and a status that has not changed', async () => {
    const { notifier, told, fake } = await made();
    notifier.ready();
    notifier.status('a');
    await told(/=a$/);
    notifier.ready();
    notifier.status('a');
    notifier.status('b');
    await told(/=b$/);
    notifier.stopping('c');
    await told(/=c$/);
    notifier.stopping('d');
    await notifier.end();
    expect(fake.told()).toEqual(['READY=1 | STATUS=a', 'STATUS=b', 'STOPPING=1 | STATUS=c', 'STATUS=d']);
  });

  it('of a start that was ready and ends in one go is two messages, as systemd takes one state of each', async () => {
    const { notifier, fake } = await made();
    notifier.status('upgrading');
    notifier.ready();
    notifier.stopping('upgraded');
    await notifier.end();
    expect(fake.told()).toEqual(['READY=1', 'STOPPING=1 | STATUS=upgraded']);
  });

  it('of a phase further on is told seldom, another phase at once', async () => {
    const { notifier, told, fake } = await made();
    notifier.ready();
    // The first does not wait: until then the status says next to nothing.
    notifier.status('running');
    await told(/running$/);
    notifier.status('running', 'height 1');
    await told(/height 1$/);
    for (const height of [2, 3, 4]) notifier.status('running', `height ${height}`);
    notifier.status('stopping the node');
    await told(/the node$/);
    await notifier.end();
    expect(fake.told().slice(2)).toEqual(['STATUS=stopping the node', 'STOPPING=1 | STATUS=ending']);
  });

  it('of a phase further on is told when the time has come', async () => {
    const { notifier, told } = await made({ detail: 0 });
    notifier.status('running', 'height 1');
    await told(/height 1 /);
    notifier.status('running', 'height 2');
    await told(/height 2 /);
    expect(await told(/height 2 /)).toBe(`STATUS=running, height 2 | ${extend}`);
  });

  it('can be no further assignment, whatever a plan is named, and no more than systemd reads', async () => {
    const { notifier, told } = await made();
    notifier.status(`upgrade "v2\nREADY=1" ${'€'.repeat(5000)}`);
    const line = await told(/upgrade/);
    expect(line).toMatch(/^STATUS=upgrade "v2\\u000aREADY=1" €+ \| EXTEND_/i);
    expect(Buffer.byteLength(line)).toBeLessThan(4096);
    // Each of these is told as six characters.
    notifier.status(`upgrade "${'\u200b'.repeat(5000)}"`);
    expect(Buffer.byteLength(await told(/u200b/))).toBeLessThan(4096);
  });
});

describe('more time', () => {
  it('is asked for again and again until the node runs, and no more then', async () => {
    const all = await made({ again: 1 });
    const { notifier, told, fake } = all;
    notifier.status('backing up');
    await waitFor('four messages', () => count(all, /EXTEND/) >= 4, patience);
    notifier.ready();
    await told(/READY/);
    for (const phase of ['a', 'b', 'c']) {
      notifier.status(phase);
      await told(new RegExp(`=${phase}$`));
    }
    await notifier.end();
    const lines = fake.told();
    const from = lines.findIndex((line) => line.startsWith('READY'));
    expect(lines.slice(1, from)).toEqual(Array(from - 1).fill(extend));
    expect(lines.slice(from)).toEqual(['READY=1', 'STATUS=a', 'STATUS=b', 'STATUS=c', 'STOPPING=1 | STATUS=ending']);
  });

  it('is asked for during a stop while it is fragile, and no more then', async () => {
    let fragile = true;
    const all = await made({ again: 1 }, { isFragile: (): boolean => fragile });
    const { notifier, told, fake } = all;
    notifier.ready();
    notifier.status('migrating');
    await told(/migrating$/);
    notifier.stopping('asked to');
    await waitFor('four messages', () => count(all, /EXTEND/) >= 4, patience);
    fragile = false;
    notifier.stopping('the node has ended');
    await told(/has ended$/);
    await notifier.end();
    const lines = fake.told();
    expect(lines[1]).toBe(`STOPPING=1 | STATUS=asked to | ${extend}`);
    expect(lines.slice(2, -1)).toEqual(Array(lines.length - 3).fill(extend));
    expect(lines.at(-1)).toBe('STATUS=the node has ended');
  });

  it.for([
    { title: 'that is not fragile', times: {}, fragile: false },
    { title: 'that lasts too long', times: { longestStop: 0 }, fragile: true },
  ])('is not asked for in a stop $title', async ({ times, fragile }) => {
    const { notifier, told, fake } = await made({ again: 1, ...times }, { isFragile: () => fragile });
    notifier.ready();
    await told(/READY/);
    notifier.stopping('asked to');
    await told(/asked/);
    notifier.stopping('still');
    await told(/still/);
    await notifier.end();
    expect(fake.told()).toEqual(['READY=1', 'STOPPING=1 | STATUS=asked to', 'STATUS=still']);
  });

  it('is not asked for once a start is being stopped', async () => {
    const { notifier, told, fake } = await made({ again: 1 });
    notifier.status('backing up');
    await told(/backing/);
    notifier.stopping('asked to');
    await notifier.end();
    expect(fake.told().at(-1)).toBe('STOPPING=1 | STATUS=asked to');
  });
});

describe('a message that does not arrive', () => {
  it('is told again by itself, with the newest status', async () => {
    const { notifier, fake, told, troubles } = await made({ again: 1 });
    await fake.does('echo "Failed to notify init system: busy" >&2; exit 1');
    notifier.ready();
    notifier.status('a');
    await told(/=a$/);
    await waitFor('a second failure', () => troubles.length >= 2, patience);
    notifier.status('b');
    await told(/^READY=1 \| STATUS=b$/);
    await fake.does('exit 0');
    notifier.status('c');
    await told(/=c$/);
    notifier.status('d');
    await told(/^STATUS=d$/);
    expect(new Set(troubles)).toEqual(new Set(['Failed to notify init system: busy']));
  });

  it('does not hold up the next: a program that hangs is killed', async () => {
    const { notifier, fake, told, troubles } = await made({ retry: 40_000 }, { timeout: 2000 });
    await fake.does('exec sleep 600');
    notifier.ready();
    await waitFor('its end', () => troubles.length > 0, patience);
    expect(troubles).toEqual(['it did not end within 2000ms']);
    await fake.does('exit 0');
    notifier.status('a');
    await told(/^READY=1 \| STATUS=a$/);
  });

  it('is no trouble where systemd ends all that runs in the unit', async () => {
    const { notifier, fake, told, troubles } = await made();
    await fake.hold();
    await fake.does('kill -TERM $$');
    notifier.ready();
    notifier.stopping('stopping by SIGTERM');
    await told(/STOPPING/);
    await notifier.end();
    expect(troubles).toEqual([]);
  });

  it('names a program that cannot be run', async () => {
    const troubles: string[] = [];
    const notifier = createNotifier({
      send: sendBySystemdNotify('/nowhere/systemd-notify', '/run/none', { path: undefined, timeout: 1000 }),
      onTrouble: (reason) => troubles.push(reason),
      isFragile: () => false,
    });
    notifier.ready();
    await waitFor('the failure', () => troubles.length > 0, patience);
    await notifier.end();
    expect(troubles).toEqual(['spawn /nowhere/systemd-notify ENOENT']);
  });
});

describe('the end', () => {
  it('waits for what is under way and for what waits, and nothing is told after it', async () => {
    const { notifier, fake, told } = await made();
    await fake.hold();
    notifier.ready();
    await told(/READY/);
    notifier.stopping('the node has ended');
    const end = notifier.end();
    notifier.status('too late');
    notifier.stopping('too late');
    fake.letGo();
    await end;
    expect(fake.told()).toEqual(['READY=1', 'STOPPING=1 | STATUS=the node has ended']);
    expect(fake.overlapped()).toBe(false);
  });

  it('does not wait for ever: what hangs is killed', async () => {
    const { notifier, fake, told } = await made({ end: 100 });
    await fake.does('exec sleep 600');
    notifier.ready();
    await told(/READY/);
    await notifier.end();
    expect(fake.told()).toEqual(['READY=1']);
  });
});

it('the program gets the socket and PATH, and nothing else of ours', async () => {
  const { notifier, fake, told } = await made();
  process.env['LD_PRELOAD_OF_THE_NODE'] = 'x';
  onTestFinished(() => void Reflect.deleteProperty(process.env, 'LD_PRELOAD_OF_THE_NODE'));
  notifier.ready();
  await told(/READY/);
  await notifier.end();
  // What the shell itself adds.
  const own = fake.env().filter((line) => !/^(?:PWD|SHLVL|_|OLDPWD)=/.test(line));
  expect(own.toSorted()).toEqual(['NOTIFY_SOCKET=/run/none', `PATH=${process.env['PATH'] ?? ''}`]);
  expect(fake.env()).toContain('PWD=/');
});
