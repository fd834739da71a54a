import { type FakeChain, waitFor } from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectUpgraded, stepsOf } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { makePipe, makeSocket, readSlowly, startRaw } from '../../src/raw-program.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 2 });

const bytes = 100_000_000;

/** What a fake node that is told to flood writes. */
function floodOf(size: number): Buffer {
  const line = `${'flood '.repeat(16)}\n`;
  const block = Buffer.alloc(65_536, line);
  const blocks = Array.from({ length: Math.ceil(size / block.length) }, () => block);
  return Buffer.concat(blocks, size);
}

const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const ownLine = /\d{4}-\d\d-\d\dT[\d:.]+Z (?:INF|WRN|ERR) .*\n/g;

/** Starts with stdout and stderr in one pipe, or in one Unix socket as under systemd. */
async function start(t: TestContext, { home }: FakeRun, kind: 'pipe' | 'socket') {
  const { reader, writer, given } = await (kind === 'pipe' ? makePipe : makeSocket)(join(home.dir, 'output'));
  const args = ['run', 'start', '--home', home.home];
  const supervisor = startRaw(t, args, home.env(), ['ignore', writer, writer], { cwd: home.dir });
  given();
  return { supervisor, reading: readSlowly(reader) };
}

describe.concurrent.each(['pipe', 'socket'] as const)('what the node writes into a %s', (kind) => {
  it('arrives whole through a slow reader, while we log', async (t) => {
    const run = await fakeRun(t, { chain: { floodBytes: bytes, log: 'quiet' } });
    const { supervisor, reading } = await start(t, run, kind);
    const { pid } = await run.event('the node', ({ event }) => event === 'open');
    const stdout = statSync(`/proc/${pid}/fd/1`);
    t.expect(kind === 'pipe' ? stdout.isFIFO() : stdout.isSocket()).toBe(true);
    // Each is a line of ours in the middle of the flood; the node hears of them when it is done.
    let sent = 0;
    const meddling = setInterval(() => {
      supervisor.process.kill('SIGUSR1');
      sent++;
    }, 20);
    await run.event('the end of the flood', ({ event }) => event === 'flooded');
    clearInterval(meddling);
    await run.reached(3);
    supervisor.process.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });

    const text = (await reading).toString('latin1');
    t.expect(text.match(/signal relayed to the node signal=SIGUSR1/g)?.length).toBeGreaterThan(Math.min(sent, 10) / 2);
    const whole = Buffer.from(text.replace(ownLine, ''), 'latin1');
    t.expect(whole.length).toBe(bytes);
    t.expect(sumOf(whole)).toBe(sumOf(floodOf(bytes)));
    t.expect(only(await run.home.events(), 'nonblocking')).toEqual([]);
  });

  it('arrives whole from both binaries of an upgrade', async (t) => {
    const size = 8_000_000;
    const plan = { name: 'v2', height: 4 };
    const run = await fakeRun(t, { chain: { floodBytes: size, log: 'quiet', plans: [plan] } });
    await run.stage('v2', { preUpgrade: 0 });
    const { supervisor, reading } = await start(t, run, kind);
    await run.event('the second flood', ({ event, version }) => event === 'flooded' && version === 'v2');
    await run.reached(6);
    await waitFor('the upgrade to be verified', async () => (await stepsOf(run, plan)).includes('verified'));
    supervisor.process.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    const text = (await reading).toString('latin1').replace(ownLine, '');
    const once = floodOf(size);
    t.expect(text.length).toBe(2 * size);
    t.expect(sumOf(Buffer.from(text, 'latin1'))).toBe(sumOf(Buffer.concat([once, once])));
    await expectUpgraded(t.expect, { ...run, log: () => '' }, [plan]);
  });
});

describe.concurrent('the streams of the node', () => {
  it('are ours: it reads our stdin and writes to our stdout and stderr, the very same files', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const real = join(run.home.dir, 'v1/palomad');
    await run.home.install(real, release('0.53', 'v1'));
    const read = 'read -r line; echo "out $line"; echo "err $line" >&2';
    await writeScript(run.home.genesisBinary, `[ "$1" = start ] && { ${read}; }\nexec "${real}" "$@"`);
    const supervisor = startRaw(t, ['run', 'start', '--home', run.home.home], run.home.env(), ['pipe', 'pipe', 'pipe']);
    const [out, err] = [supervisor.process.stdout, supervisor.process.stderr].map((stream) =>
      readSlowly(stream as Readable),
    );
    supervisor.process.stdin?.write('correct horse battery staple\n');
    await run.reached(2);
    const [life] = livesOf(await run.home.events());
    for (const fd of [0, 1, 2]) {
      const [ours, its] = [supervisor.pid, life?.pid ?? 0].map((pid) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      t.expect(its).toBe(ours);
    }
    supervisor.process.stdin?.end();
    supervisor.process.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    t.expect(String(await out)).toContain('out correct horse battery staple\n');
    t.expect(String(await err)).toContain('err correct horse battery staple\n');
  });

  const v2 = { name: 'v2', height: 5 };
  const deaf = [
    { title: 'whose reader is gone', stderr: 'pipe' },
    { title: 'that is full', stderr: '/dev/full' },
  ];

  it.for(deaf)('on a stderr $title change nothing for us: the upgrade is carried out', async ({ stderr }, t) => {
    const chain: FakeChain = { plans: [v2], log: 'quiet' };
    const run = await fakeRun(t, { chain });
    await run.stage('v2');
    const fd = stderr === 'pipe' ? stderr : openSync(stderr, 'w');
    const args = ['run', 'start', '--home', run.home.home];
    const supervisor = startRaw(t, args, run.home.env(), ['ignore', 'ignore', fd], { cwd: run.home.dir });
    if (typeof fd === 'number') closeSync(fd);
    supervisor.process.stderr?.destroy();
    await run.reached(7);
    supervisor.process.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    t.expect(livesOf(await run.home.events())).toMatchObject([
      { version: 'v1', code: 0 },
      { version: 'v2', code: 0 },
    ]);
  });

  it('on a stdout whose reader is gone are its own affair: it dies as without us, and we say so', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const args = ['run', 'start', '--home', run.home.home];
    const supervisor = startRaw(t, args, run.home.env(), ['ignore', 'pipe', 'pipe'], { cwd: run.home.dir });
    supervisor.process.stdout?.destroy();
    const said = readSlowly(supervisor.process.stderr as Readable);
    t.expect(await supervisor.ended).toEqual({ code: 141, signal: null });
    t.expect((await said).toString()).toMatch(/palomad was ended by SIGPIPE: this is the node's own end exit=141\n$/);
  });
});
