import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  freePort,
  installFakeNode,
  makeFakeHome,
  processesUnder,
  testDir,
  TestkitError,
  waitFor,
} from '../src/index.ts';
import { fakeHome, start, untilHeight } from './support.ts';

describe('waitFor', () => {
  test('resolves to the first value that is neither undefined nor false', async () => {
    const values = [undefined, false, 0, 1];
    expect(await waitFor('a value', () => values.shift(), { every: 1 })).toBe(0);
  });

  test('rejects naming what it waited for and the last value', async () => {
    const failure = await waitFor('the moon', () => Promise.resolve(false as const), { timeout: 20, every: 5 }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(TestkitError);
    expect(failure).toMatchObject({
      name: 'TestkitError',
      code: 'WAIT_TIMEOUT',
      message: 'waited 20 ms for the moon; the last value was false',
    });
  });

  test('takes a fact that throws as not true yet, and tells why at the end', async () => {
    const cause = new Error('no such file');
    const fact = () => {
      throw cause;
    };
    await expect(waitFor('a file', fact, { timeout: 10 })).rejects.toMatchObject({
      cause,
      message: /the last look failed: no such file/,
    });
  });
});

test('a free port can be listened on, and lies where no outgoing connection is put', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  for (const port of ports) expect(port).toBeLessThan(32_768);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(ports[0], '127.0.0.1', resolve));
  server.close();
});

test('a port that was given to somebody is not given to anybody else, though nobody listens on it', async () => {
  const port = await freePort();
  const holder = createServer();
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
    holder.once('error', resolve).listen({ path: `\0chainvisor-testkit-port-${port}`, exclusive: true });
  });
  expect(error.code).toBe('EADDRINUSE');
});

test('a test directory is new, empty and the caller’s to remove', async () => {
  const dir = await testDir('kit-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  expect(dir).toMatch(/\/kit-\w+$/);
  expect(readdirSync(dir)).toEqual([]);
});

describe('an installed fake node', () => {
  test('is an executable script that replaces what was there, and makes its directories', async () => {
    const dir = await testDir();
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const path = `${dir}/a/b/gaiad`;
    await installFakeNode(path, { profile: '0.50', version: 'v1' });
    await installFakeNode(path, { profile: '0.50', version: 'v2' });
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(`#!${process.execPath}`);
    expect(spawnSync(path, ['version'], { encoding: 'utf8', env: { HOME: dir } }).stdout).toBe('v2\n');
    expect(readdirSync(`${dir}/a/b`)).toEqual(['gaiad']);
  });

  test('runs also below a package of ES modules', async () => {
    const dir = await testDir();
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(`${dir}/package.json`, '{"type":"module"}');
    await installFakeNode(`${dir}/gaiad`, { profile: '0.50', version: 'v1' });
    expect(spawnSync(`${dir}/gaiad`, ['version'], { encoding: 'utf8', env: { HOME: dir } })).toMatchObject({
      status: 0,
      stdout: 'v1\n',
      stderr: '',
    });
  });
});

describe('a fake home', () => {
  test('is as init leaves it, with the genesis binary in place', async () => {
    const home = await fakeHome('0.50');
    expect(home.home).toBe(`${home.dir}/.paloma`);
    expect(readdirSync(`${home.home}/data`)).toEqual(['priv_validator_state.json']);
    expect(readFileSync(`${home.home}/config/config.toml`, 'utf8')).toContain(`\n[rpc]\n`);
    expect(readFileSync(`${home.home}/config/config.toml`, 'utf8')).toContain(
      `laddr = "tcp://127.0.0.1:${home.rpcPort}"`,
    );
    expect(existsSync(home.genesisBinary)).toBe(true);
    expect(readdirSync(`${home.home}/cosmovisor/upgrades`)).toEqual([]);
    expect(home.nodeId).toMatch(/^[0-9a-f]{40}$/);
    expect(await home.events()).toEqual([]);
    expect(await home.status()).toBeUndefined();
  });

  test('stages a binary with or without bin', async () => {
    const home = await fakeHome('0.50');
    const binary = { profile: '0.50', version: 'v2' } as const;
    expect(await home.stage('v2', binary)).toBe(`${home.home}/cosmovisor/upgrades/v2/bin/palomad`);
    expect(await home.stage('v3', binary, { withoutBin: true })).toBe(`${home.home}/cosmovisor/upgrades/v3/palomad`);
    expect(existsSync(`${home.home}/cosmovisor/upgrades/v3/palomad`)).toBe(true);
  });

  test('has the environment of the seed document and what is added', async () => {
    const home = await fakeHome('0.50');
    expect(home.env({ DAEMON_RESTART_DELAY: '1s' })).toMatchObject({
      HOME: home.dir,
      DAEMON_NAME: 'palomad',
      DAEMON_HOME: home.home,
      DAEMON_ALLOW_DOWNLOAD_BINARIES: 'false',
      DAEMON_LOG_BUFFER_SIZE: '512',
      DAEMON_RESTART_AFTER_UPGRADE: 'true',
      UNSAFE_SKIP_BACKUP: 'true',
      DAEMON_RESTART_DELAY: '1s',
    });
  });

  test('removed, takes its nodes along and nothing else of a directory that was given', async () => {
    const dir = await testDir();
    onTestFinished(() => rmSync(dir, { recursive: true }));
    mkdirSync(`${dir}/mine`);
    const home = await makeFakeHome({
      dir,
      daemon: 'gaiad',
      chain: { blockTime: 10 },
      genesis: { profile: '0.50', version: 'v1' },
    });
    const node = start(home);
    await untilHeight(home, 1);
    expect((await processesUnder(home.home)).map(({ pid }) => pid)).toEqual([node.pid]);
    await home.remove();
    expect((await node.ended).signal).toBe('SIGKILL');
    expect(await processesUnder(home.home)).toEqual([]);
    expect(readdirSync(dir)).toEqual(['mine']);
  });
});

describe('processesUnder', () => {
  test('finds by home variable, working directory and argument, and not by a longer name', async () => {
    const dir = await testDir();
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(`${dir}/x`, '');
    const env = { PATH: process.env['PATH'] ?? '' };
    const children = [
      spawn('sleep', ['60'], { env: { ...env, DAEMON_HOME: dir } }),
      spawn('sleep', ['60'], { env, cwd: dir }),
      spawn('tail', ['-f', `${dir}/x`], { env }),
      spawn('sleep', ['60'], { env: { ...env, DAEMON_HOME: `${dir}-other` } }),
    ];
    onTestFinished(() => children.forEach((child) => child.kill('SIGKILL')));
    const pids = children.slice(0, 3).map(({ pid }) => pid);
    const found = await waitFor('the three', async () => {
      const now = (await processesUnder(dir)).map(({ pid }) => pid);
      return now.length >= 3 && now;
    });
    expect(new Set(found)).toEqual(new Set(pids));
  });
});
