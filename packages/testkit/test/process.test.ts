import { spawn } from 'node:child_process';
import {
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../src/fake-node/wal.ts';
import { processesUnder } from '../src/index.ts';
import { eventsOf, fakeHome, plain, run, start, untilEvent, untilHeight } from './support.ts';

describe('the databases', () => {
  test('refuse a second instance, and let go when the first is killed', async () => {
    const home = await fakeHome('0.50');
    const first = start(home);
    await untilEvent(home, 'open');
    const second = await start(home).ended;
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('failed to initialize database: resource temporarily unavailable');
    expect(await eventsOf(home, 'lock-conflict')).toHaveLength(1);
    const seen = (await eventsOf(home, 'block')).length;
    await first.stop('SIGKILL');
    const third = start(home);
    await untilHeight(home, seen + 3);
    await third.stop();
    const heights = (await eventsOf(home, 'block')).map(({ height }) => height);
    // Each height once, in order; the kill may have come between a commit and its line.
    expect(heights).toEqual([...new Set(heights)].sort((a, b) => a - b));
    expect((heights.at(-1) ?? 0) - heights.length).toBeLessThanOrEqual(1);
  });

  test('hold a kernel lock under the pid of the node, and open files under data', async () => {
    const home = await fakeHome('0.50');
    const node = start(home);
    await untilEvent(home, 'open');
    const inode = statSync(`${home.home}/data/application.db/LOCK`).ino;
    expect(readFileSync('/proc/locks', 'utf8')).toMatch(new RegExp(`ADVISORY +WRITE ${node.pid} \\w+:\\w+:${inode} `));
    const open = readdirSync(`/proc/${node.pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${node.pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(open.filter((path) => path.startsWith(`${home.home}/data/`)).length).toBeGreaterThan(5);
    await node.stop();
  });
});

describe('the validator state', () => {
  test('is a string height that runs ahead of the blocks, and stays where the node does not validate', async () => {
    const home = await fakeHome('0.50', { validator: false });
    const node = start(home);
    await untilHeight(home, 3);
    await node.stop();
    const read = () =>
      JSON.parse(readFileSync(`${home.home}/data/priv_validator_state.json`, 'utf8')) as { height: string };
    expect(read()).toEqual({ height: '0', round: 0, step: 0 });
    await home.setChain({ validator: true });
    const signing = start(home);
    await untilHeight(home, 6);
    await signing.stop();
    expect(Number(read().height)).toBeGreaterThanOrEqual(6);
  });

  test('that is ahead stops the signing, and one that is missing the start', async () => {
    const home = await fakeHome('0.50');
    const path = `${home.home}/data/priv_validator_state.json`;
    writeFileSync(path, '{"height":"900","round":0,"step":3}');
    const node = start(home);
    expect(await untilEvent(home, 'stuck')).toMatchObject({ height: 1, reason: 'height regression' });
    expect(plain((await node.stop()).stdout)).toContain('height regression. Got 1, last height 900');
    unlinkSync(path);
    expect(await start(home).ended).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no such file') as unknown,
    });
  });
});

describe('the streams', () => {
  test('get a flood whole', async () => {
    const home = await fakeHome('0.50', { floodBytes: 3_000_001, log: 'quiet' });
    const node = start(home);
    await untilEvent(home, 'flooded');
    const { stdout } = await node.stop();
    expect(stdout.length).toBe(3_000_001);
    expect(await eventsOf(home, 'nonblocking')).toEqual([]);
  });

  test('stall the node while nobody reads them, deaf to SIGTERM, until somebody does', async () => {
    const home = await fakeHome('0.50', { floodBytes: 3_000_000, log: 'quiet' });
    const node = start(home);
    node.child.stdout?.pause();
    await untilEvent(home, 'open');
    node.child.kill('SIGTERM');
    // Long enough for a handler that could run.
    await sleep(200);
    expect(await eventsOf(home, 'signal')).toEqual([]);
    node.child.stdout?.resume();
    expect((await node.ended).code).toBe(0);
    expect(await eventsOf(home, 'flooded')).toHaveLength(1);
  });

  test('kill it by SIGPIPE when their reader is gone', async () => {
    const home = await fakeHome('0.50');
    const node = start(home);
    await untilHeight(home, 1);
    node.child.stdout?.destroy();
    expect(await node.ended).toMatchObject({ code: null, signal: 'SIGPIPE' });
    expect((await eventsOf(home, 'end'))[0]?.code).toBe('SIGPIPE');
  });

  test('carry JSON where that is wanted', async () => {
    const home = await fakeHome('0.50', { plans: [{ name: 'v2', height: 3 }] });
    const node = start(home, home.genesisBinary, '--log_format', 'json');
    await untilEvent(home, 'halt');
    const lines = (await node.stop()).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; message: string });
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      module: 'x/upgrade',
      message: 'UPGRADE "v2" NEEDED at height: 3: ',
    });
  });

  test('stay silent about the halt at a log level that hides it', async () => {
    const home = await fakeHome('0.50', { plans: [{ name: 'v2', height: 3 }] });
    const node = start(home, home.genesisBinary, '--log_level=panic');
    await untilEvent(home, 'halt');
    expect(await node.stop()).toMatchObject({ stdout: '', stderr: '' });
  });
});

test('the consensus log marks each decided height, also the one that the application has not executed', async () => {
  const home = await fakeHome('0.50', { plans: [{ name: 'v2', height: 3 }] });
  const node = start(home);
  await untilEvent(home, 'halt');
  await node.stop();
  const wal = readFileSync(`${home.home}/data/cs.wal/wal`);
  const ends: number[] = [];
  for (let at = 0; at < wal.length;) {
    const body = wal.subarray(at + 8, at + 8 + wal.readUInt32BE(at + 4));
    expect(crc32c(body)).toBe(wal.readUInt32BE(at));
    // Time, then the message: EndHeight is its field 4, of which height 0 is empty.
    const message = body.subarray(2 + (body[1] ?? 0));
    expect([message[0], message[2]]).toEqual([0x12, 0x22]);
    ends.push(message[3] === 0 ? 0 : (message[5] ?? -1));
    at += 8 + body.length;
  }
  expect(ends).toEqual([0, 1, 2, 3]);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('the journal tells how a node was started', async () => {
  const home = await fakeHome('0.50');
  const path = await home.stage('v2', { profile: '0.50', version: 'v2' });
  symlinkSync('upgrades/v2', `${home.home}/cosmovisor/current`);
  const linked = `${home.home}/cosmovisor/current/bin/palomad`;
  const node = run(home, linked, ['start', '--trace'], { LD_LIBRARY_PATH: '/lib/of/v2' });
  expect(await untilEvent(home, 'start')).toMatchObject({
    pid: node.pid,
    ppid: process.pid,
    version: 'v2',
    path: linked,
    realPath: path,
    args: ['start', '--trace'],
    cwd: home.dir,
    libraryPath: '/lib/of/v2',
  });
  await untilEvent(home, 'open');
  await node.stop();
});

describe('a node that ends by itself', () => {
  test('exits with a code after a height, and goes on from there', async () => {
    const home = await fakeHome('0.50', { exitAtHeight: { height: 3, code: 7 } });
    expect((await start(home).ended).code).toBe(7);
    const node = start(home);
    await untilHeight(home, 5);
    expect((await node.stop()).code).toBe(0);
  });

  test('panics after a height', async () => {
    const home = await fakeHome('0.50', { crashAtHeight: 2 });
    const { code, stderr } = await start(home).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('goroutine 1 [running]');
  });
});

test('a grandchild outlives the node with its streams and inherited files, and goes with the home', async () => {
  const home = await fakeHome('0.50', { grandchild: true });
  const lock = `${home.dir}/inherited.lock`;
  const fd = openSync(lock, 'w');
  const node = spawn(home.genesisBinary, ['start'], { env: home.env(), stdio: ['ignore', 'pipe', 'pipe', fd] });
  node.stdout?.resume();
  await untilHeight(home, 1);
  const { child } = await untilEvent(home, 'grandchild');
  node.kill();
  await new Promise((resolve) => node.once('exit', resolve));
  expect((await processesUnder(home.home)).map(({ pid }) => pid)).toEqual([child]);
  expect(readlinkSync(`/proc/${child}/fd/3`)).toBe(lock);
  await home.remove();
  expect(await processesUnder(home.home)).toEqual([]);
});

test('starts fast', async ({ annotate }) => {
  const home = await fakeHome('0.50', { log: 'quiet' });
  const spawned = Date.now();
  const node = start(home);
  const { at } = await untilEvent(home, 'open');
  await annotate(`from spawn to RPC: ${at - spawned} ms`);
  expect((await node.stop()).code).toBe(0);
});
