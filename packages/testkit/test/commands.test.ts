import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventsOf, fakeHome, run, start, untilHeight } from './support.ts';

test('version prints itself on stdout', async () => {
  const home = await fakeHome('0.50', {}, { version: '2.4.14' });
  expect(await run(home, home.genesisBinary, ['version']).ended).toEqual({
    code: 0,
    signal: null,
    stdout: '2.4.14\n',
    stderr: '',
  });
});

test('version --long is YAML, and with --output json one line', async () => {
  const home = await fakeHome('0.53', {}, { version: 'v9' });
  const yaml = await run(home, home.genesisBinary, ['version', '--long']).ended;
  expect(yaml.stdout).toMatch(/^name: paloma\nserver_name: palomad\nversion: v9\ncommit: 0{40}\n/);
  const json = await run(home, home.genesisBinary, ['version', '--long', '--output', 'json']).ended;
  expect(json.stdout.trimEnd()).not.toContain('\n');
  expect(JSON.parse(json.stdout)).toMatchObject({
    server_name: 'palomad',
    version: 'v9',
    cosmos_sdk_version: 'v0.53.4',
  });
});

test.each([
  ['0.45', 'stderr', 'SyncInfo'],
  ['0.47', 'stderr', 'SyncInfo'],
  ['0.50', 'stdout', 'sync_info'],
  ['0.53', 'stdout', 'sync_info'],
] as const)(
  'status of SDK %s is told on %s under %s, and fails where the node is down',
  async (profile, stream, key) => {
    const home = await fakeHome(profile);
    const node = start(home);
    await untilHeight(home, 2);
    const up = await run(home, home.genesisBinary, ['status', '--home', home.home]).ended;
    expect(up.code).toBe(0);
    expect(JSON.parse(up[stream])).toMatchObject({
      [key]: { latest_block_height: expect.stringMatching(/^\d+$/) as unknown },
    });
    await node.stop();
    expect(await run(home, home.genesisBinary, ['status']).ended).toMatchObject({ code: 1, stdout: '' });
  },
);

test.each(['comet', 'tendermint'])('%s show-node-id prints the id that RPC tells', async (command) => {
  const home = await fakeHome('0.50');
  expect((await run(home, home.genesisBinary, [command, 'show-node-id']).ended).stdout).toBe(`${home.nodeId}\n`);
});

describe('pre-upgrade', () => {
  test('does not exist by default, as cobra says it', async () => {
    const home = await fakeHome('0.50');
    expect(await run(home, home.genesisBinary, ['pre-upgrade']).ended).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'Error: unknown command "pre-upgrade" for "palomad"\nRun \'palomad --help\' for usage.\n',
    });
  });

  test('ends with its codes in order, the last one again, and each is in the journal', async () => {
    const home = await fakeHome('0.50', {}, { preUpgrade: [31, 31, 0] });
    const codes = [];
    for (let call = 0; call < 4; call += 1)
      codes.push((await run(home, home.genesisBinary, ['pre-upgrade']).ended).code);
    expect(codes).toEqual([31, 31, 0, 0]);
    expect((await eventsOf(home, 'command')).map(({ args, code, cwd }) => [args, code, cwd])).toEqual(
      codes.map((code) => [['pre-upgrade'], code, home.dir]),
    );
  });

  test('may die by a signal', async () => {
    const home = await fakeHome('0.50', {}, { preUpgrade: 'signal' });
    expect(await run(home, home.genesisBinary, ['pre-upgrade']).ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

test.each([
  [['start', '--nonsense'], 'Error: unknown flag: --nonsense\nUsage:\n'],
  [['start', '--halt-height', 'x'], 'Error: invalid argument "x" for "--halt-height" flag'],
  [['start', '--unsafe-skip-upgrades=1,b'], 'Error: invalid argument "b" for "--unsafe-skip-upgrades" flag'],
  [['start', '--home'], 'Error: flag needs an argument: --home'],
  [['nothing'], 'Error: unknown command "nothing" for "palomad"'],
])('%j is refused with exit 1 before anything starts', async (args, text) => {
  const home = await fakeHome('0.50');
  const { code, stderr } = await run(home, home.genesisBinary, args).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(text);
  expect(await eventsOf(home, 'start')).toEqual([]);
});

test('a binary of which a library is missing fails in every command', async () => {
  const home = await fakeHome(
    '0.50',
    {},
    { broken: { code: 127, stderr: 'libwasmvm.x86_64.so: cannot open shared object file\n' } },
  );
  for (const command of ['version', 'start', 'pre-upgrade']) {
    expect(await run(home, home.genesisBinary, [command]).ended).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('libwasmvm') as unknown,
    });
  }
});

test('a binary may only fail to start', async () => {
  const home = await fakeHome('0.50', {}, { startFailure: { code: 3, stderr: 'no\n', after: 10 } });
  expect(await start(home).ended).toMatchObject({ code: 3, stderr: 'no\n' });
  expect((await run(home, home.genesisBinary, ['version']).ended).code).toBe(0);
});

test('a command reads the terminal of its caller', async () => {
  const home = await fakeHome('0.50');
  const keys = run(home, home.genesisBinary, ['keys', 'add', 'alice', '--recover']);
  keys.child.stdin?.end('abandon abandon about\n');
  expect(JSON.parse((await keys.ended).stdout)).toEqual({ name: 'alice', words: 3 });
});

test('init makes a home that runs', async () => {
  const home = await fakeHome('0.50');
  const other = `${home.dir}/other`;
  expect(
    (await run(home, home.genesisBinary, ['init', 'n1', '--chain-id', 'demo-9', '--home', other]).ended).code,
  ).toBe(0);
  expect(existsSync(`${other}/data/priv_validator_state.json`)).toBe(true);
  expect(readFileSync(`${other}/config/config.toml`, 'utf8')).toContain('moniker = "n1"');
  expect((await run(home, home.genesisBinary, ['init', 'n1', '--home', other]).ended).code).toBe(1);
});

test('without any home to find it panics as a daemon does', async () => {
  const home = await fakeHome('0.50', {}, { defaultHome: '' });
  const { code, stderr } = await run(home, '/usr/bin/env', ['-u', 'HOME', home.genesisBinary, 'version']).ended;
  expect(code).toBe(2);
  expect(stderr).toContain('panic: $HOME is not defined');
});
