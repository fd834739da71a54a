import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type ExpectStatic, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { runProgram, startSupervisor } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 4 });

/** A value for each variable that cannot be meant, and its equal in config.toml. */
const invalid: Readonly<Record<string, readonly [text: string, toml: string]>> = {
  DAEMON_HOME: ['relative/home', "'relative/home'"],
  DAEMON_NAME: ['bin/palomad', "'bin/palomad'"],
  DAEMON_ALLOW_DOWNLOAD_BINARIES: ['yes', "'yes'"],
  DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM: ['1', '1'],
  DAEMON_RESTART_AFTER_UPGRADE: ['on', "'on'"],
  DAEMON_RESTART_DELAY: ['-1s', "'-1s'"],
  DAEMON_SHUTDOWN_GRACE: ['30', '30'],
  DAEMON_POLL_INTERVAL: ['0', '0'],
  UNSAFE_SKIP_BACKUP: ['nope', "'nope'"],
  DAEMON_DATA_BACKUP_DIR: ['~/backup', "'~/backup'"],
  DAEMON_PREUPGRADE_MAX_RETRIES: ['-1', '-1'],
  DAEMON_GRPC_ADDRESS: ['"localhost:9090"', `'"localhost:9090"'`],
  COSMOVISOR_DISABLE_LOGS: ['true ', "'true '"],
  COSMOVISOR_COLOR_LOGS: ['never', "'never'"],
  COSMOVISOR_TIMEFORMAT_LOGS: ['RFC3339', "'RFC3339'"],
  COSMOVISOR_CUSTOM_PREUPGRADE: ['pre\tsh', `"pre\\tsh"`],
  COSMOVISOR_DISABLE_RECASE: ['0', '0'],
  CHAINVISOR_NODE_COMMANDS: ['start,,launch', "'start,,launch'"],
  CHAINVISOR_PREUPGRADE_TIMEOUT: ['1 hour', "'1 hour'"],
  CHAINVISOR_SETTLE_TIME: ['0s', "'0s'"],
  CHAINVISOR_STUCK_TIME: ['1d', "'1d'"],
  CHAINVISOR_BACKUP_STRATEGY: ['hardlink', "'hardlink'"],
  CHAINVISOR_BACKUP_KEEP: ['-1', '-1'],
  CHAINVISOR_BACKUP_OUTSIDE: ['wasm,data/wasm', "'wasm,data/wasm'"],
  CHAINVISOR_LOG_FORMAT: ['xml', "'xml'"],
};

/** Ends at once with 78, and has neither run nor made nor changed anything. Returns what was said. */
async function refused(
  run: FakeRun,
  expect: ExpectStatic,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const before = await treeOf(run.home.dir);
  const result = await runProgram(args, env, run.home.dir);
  expect(result).toMatchObject({ code: 78, signal: undefined, stdout: '' });
  expect(await treeOf(run.home.dir)).toEqual(before);
  expect(await run.home.events()).toEqual([]);
  return result.stderr;
}

describe.concurrent('settings that cannot be used', () => {
  it('are all of those that there are, but one that has no effect', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const { stdout } = await runProgram(['config', '-o', 'json'], run.home.env());
    const { settings } = JSON.parse(stdout) as { settings: object };
    t.expect(['DAEMON_LOG_BUFFER_SIZE', ...Object.keys(invalid)].sort()).toEqual(Object.keys(settings).sort());
  });

  it.for([{ valid: [] }, { valid: ['DAEMON_HOME', 'DAEMON_NAME'] }])(
    'are told all at once, each once with name, value and source: the environment (but $valid)',
    async ({ valid }: { valid: readonly string[] }, t) => {
      const run = await fakeRun(t, { chain: {} });
      const wrong = Object.entries(invalid).filter(([name]) => !valid.includes(name));
      const env = { ...run.home.env(), ...Object.fromEntries(wrong.map(([name, [text]]) => [name, text])) };
      const [first, ...lines] = (await refused(run, t.expect, ['run', 'start'], env)).split('\n');
      t.expect(first).toBe(`Error: ${wrong.length} settings are wrong, nothing was started`);
      const told = lines.map((line) => / {2}(\w+) = (".*?[^\\]") in environment: .+; .+$/.exec(line)?.slice(1));
      t.expect(told).toEqual(wrong.map(([name, [text]]) => [name, JSON.stringify(text)]));
    },
  );

  it('are told all at once, each once with name, value and source: config.toml', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const file = join(run.home.dir, 'c.toml');
    const wrong = Object.entries(invalid);
    await writeFile(file, wrong.map(([name, [, toml]]) => `${name.toLowerCase()} = ${toml}\n`).join(''));
    const said = await refused(run, t.expect, ['-c', file, 'run', 'start'], { HOME: run.home.dir });
    const [first, ...lines] = said.split('\n');
    t.expect(first).toBe(`Error: ${wrong.length} settings are wrong, nothing was started`);
    const told = lines.map((line) => / {2}(\w+) \((\w+)\) = (".*?[^\\]") in (".*?"): .+; .+$/.exec(line)?.slice(1));
    const each = wrong.map(([name, [text]]) => [name.toLowerCase(), name, JSON.stringify(text), JSON.stringify(file)]);
    t.expect(told).toEqual(each);
  });

  it.for([
    {
      title: 'no place for backups',
      env: { UNSAFE_SKIP_BACKUP: 'false', DAEMON_DATA_BACKUP_DIR: '/nonexistent' },
      said: ['DAEMON_DATA_BACKUP_DIR'],
    },
    { title: 'no home', env: { DAEMON_HOME: '' }, said: ['DAEMON_HOME'] },
    { title: 'no name', env: { DAEMON_NAME: '' }, said: ['DAEMON_NAME'] },
    { title: 'a home not expanded', env: { DAEMON_HOME: '$HOME/.paloma' }, said: ['DAEMON_HOME'] },
    { title: 'a missing home', env: { DAEMON_HOME: '/nonexistent' }, said: ['DAEMON_HOME'] },
    { title: 'a file for a home', env: { DAEMON_HOME: '/etc/passwd' }, said: ['DAEMON_HOME'] },
    {
      title: 'several of these',
      env: {
        UNSAFE_SKIP_BACKUP: '',
        DAEMON_DATA_BACKUP_DIR: '/etc/passwd',
        DAEMON_HOME: '/etc',
        DAEMON_POLL_INTERVAL: '5',
      },
      said: ['DAEMON_POLL_INTERVAL', 'DAEMON_HOME', 'DAEMON_DATA_BACKUP_DIR'],
    },
  ])('stop a start before it begins: $title', async ({ env, said }, t) => {
    const run = await fakeRun(t, { chain: {} });
    const [first, ...lines] = (await refused(run, t.expect, ['run', 'start'], run.home.env(env))).split('\n');
    t.expect(first).toBe(
      `Error: ${said.length === 1 ? 'a setting is' : `${said.length} settings are`} wrong, nothing was started`,
    );
    t.expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(said);
  });

  it('stop a start from a config.toml as well, and a home without cosmovisor/ too', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const file = join(run.home.dir, 'c.toml');
    await writeFile(file, `daemon_home = '${run.home.home}'\ndaemon_name = 'palomad'\n`);
    await rm(run.at(), { recursive: true });
    const said = await refused(run, t.expect, ['run', '-c', file, 'start'], {});
    t.expect(said).toMatch(/daemon_home \(DAEMON_HOME\) = .*: .*cosmovisor is not a directory; run `chainvisor init/);
  });
});

describe.concurrent('a start', () => {
  it('goes by the environment where the file says otherwise, and warns of what the file has wrong', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [{ name: 'v2', height: 5 }] } });
    await run.stage('v2');
    const file = join(run.home.dir, 'c.toml');
    const lines = [
      "daemon_home = '/elsewhere'",
      "daemon_name = 'gaiad'",
      'unsafe_skip_backup = false',
      'daemon_typo = 1',
    ];
    await writeFile(
      file,
      [...lines, "daemon_restart_after_upgrade = 'perhaps'", "daemon_restart_delay = '20ms'"].join('\n'),
    );
    const args = ['run', '-c', file, 'start', '--home', run.home.home];
    const supervisor = startSupervisor(args, run.home.env({ DAEMON_RESTART_AFTER_UPGRADE: 'false' }), run.home.dir);
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    t.expect(supervisor.log()).toMatch(/WRN the environment overrides daemon_restart_after_upgrade .* = "perhaps"/);
    t.expect(supervisor.log()).toMatch(/WRN key daemon_typo in ".*c\.toml" is not known and changes nothing/);
    t.expect(supervisor.log()).toMatch(/waiting before the upgrade delay=20ms/);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1']);
  });

  it('warns of each variable that nobody knows, without its value, and names the one that is meant', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start({ DAEMON_RESTART_AFTER_UPGRAD: 'secret', COSMOVISOR_X: 'secret', UNSAFE_: 'secret' });
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    const warnings = supervisor
      .log()
      .split('\n')
      .filter((line) => line.includes(' WRN '));
    t.expect(warnings).toHaveLength(3);
    t.expect(warnings[0]).toMatch(
      /DAEMON_RESTART_AFTER_UPGRAD is not known .* did you mean DAEMON_RESTART_AFTER_UPGRADE\?/,
    );
    t.expect(supervisor.log()).not.toContain('secret');
  });

  it.for([
    { value: '512', times: 1, warned: 0 },
    { value: 'lots', times: 0, warned: 1 },
    { value: '', times: 0, warned: 0 },
  ])('says what DAEMON_LOG_BUFFER_SIZE=$value means, once', async ({ value, times, warned }, t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start({ DAEMON_LOG_BUFFER_SIZE: value });
    await run.reached(3);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(supervisor.log().match(/INF DAEMON_LOG_BUFFER_SIZE has no effect/g) ?? []).toHaveLength(times);
    t.expect(
      supervisor.log().match(/WRN DAEMON_LOG_BUFFER_SIZE = "lots" .*changes nothing either way/g) ?? [],
    ).toHaveLength(warned);
    t.expect(supervisor.log().match(/DAEMON_LOG_BUFFER_SIZE/g) ?? []).toHaveLength(times + warned);
  });

  it('supervises what CHAINVISOR_NODE_COMMANDS names, and passes `start` through then', async (t) => {
    const plan = { name: 'v2', height: 5 };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    const paths: Record<string, string> = {};
    for (const [name, wrapper] of [
      ['v1', run.home.genesisBinary],
      ['v2', run.at('upgrades/v2/bin/palomad')],
    ] as const) {
      const real = (paths[name] = join(run.home.dir, name, 'palomad'));
      await run.home.install(real, release('0.53', name));
      await writeScript(
        wrapper,
        `case $1 in launch) shift; exec "${real}" start "$@";; start) echo passed; exit 9;; *) exec "${real}" "$@";; esac`,
      );
    }
    const env = run.home.env({ CHAINVISOR_NODE_COMMANDS: 'launch, rollout' });
    t.expect(await runProgram(['run', 'start'], env)).toMatchObject({ code: 9, stdout: 'passed', stderr: '' });
    t.expect(existsSync(run.at('.chainvisor'))).toBe(false);
    const supervisor = startSupervisor(
      ['run', '--log-format', 'text', 'launch', '--home', run.home.home],
      env,
      run.home.dir,
    );
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan], { paths });
  });
});
