import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readService } from '@chainvisor/systemd-host';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../src/exit-codes.js';
import { loadSettings } from '../src/settings.js';
import { environmentFindings } from '../src/systemd/environment-findings.js';
import { lintService } from '../src/systemd/lint-service.js';
import { hopeless } from '../src/systemd/hopeless.js';
import { assignmentsIn, profileVariables } from '../src/systemd/profiles.js';
import { homeOfService, runsNode } from '../src/systemd/rivals.js';
import { flagsIn } from '../src/systemd/start-flags.js';
import { isOurVariable, variablesOf } from '../src/systemd/variables.js';
import { tempDir } from './helpers/temp.js';

describe('the exit codes after which systemd starts nothing', () => {
  it('are those that docs/operations.md says no start mends', async () => {
    const operations = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const rows = [...operations.matchAll(/^\|\s*(\d+)\s*\|\s*`\w+`\s*\|[^|]+\|\s*no\s*\|$/gm)];
    expect(rows.length).toBeGreaterThan(0);
    expect(hopeless).toEqual(rows.map(([, code]) => Number(code)));
    expect(Object.values(exitCodes)).toEqual(expect.arrayContaining([...hopeless]));
  });
});

describe('the variables of the environment file', () => {
  const home = { DAEMON_HOME: '/h', DAEMON_NAME: 'palomad' };

  it('are what is set in the environment, as it is written there', async () => {
    const env = {
      ...home,
      DAEMON_SHUTDOWN_GRACE: '90s',
      UNSAFE_SKIP_BACKUP: 'true',
      DAEMON_LOG_BUFFER_SIZE: '512',
      PATH: '/bin',
    };
    const settings = await loadSettings(env, undefined);
    expect(variablesOf(env, settings, { EXTRA: 'x y' })).toEqual({
      ...home,
      DAEMON_SHUTDOWN_GRACE: '90s',
      UNSAFE_SKIP_BACKUP: 'true',
      EXTRA: 'x y',
    });
  });

  it('are what config.toml sets, unless the environment overrides it', async () => {
    const config = join(await tempDir(), 'config.toml');
    await writeFile(config, 'daemon_restart_delay = "5s"\ndaemon_poll_interval = "1s"\nunsafe_skip_backup = true\n');
    const env = { ...home, DAEMON_POLL_INTERVAL: '2s' };
    const variables = variablesOf(env, await loadSettings(env, config), {});
    expect(variables).toEqual({
      ...home,
      DAEMON_POLL_INTERVAL: '2s',
      DAEMON_RESTART_DELAY: '5s',
      UNSAFE_SKIP_BACKUP: 'true',
    });
  });

  it('are passed on where nothing of ours reads them, and the stager writes its own', async () => {
    const env = { ...home, COSMOVISOR_SOMETHING: '1', CHAINVISOR_STAGER_KEEP: '3', DAEMON_EMPTY: '' };
    const settings = await loadSettings(env, undefined);
    expect(variablesOf(env, settings, {})).toEqual({ ...home, COSMOVISOR_SOMETHING: '1' });
    expect(settings.warnings).toEqual([expect.stringContaining('COSMOVISOR_SOMETHING')]);
    expect(isOurVariable('CHAINVISOR_STAGER_KEEP')).toBe(false);
    expect(isOurVariable('PATH')).toBe(false);
  });
});

describe('profiles', () => {
  it.each([
    ['export DAEMON_NAME=palomad', 'palomad'],
    ['DAEMON_NAME="a b"; other', 'a b'],
    ["  export DAEMON_NAME='$HOME'", '$HOME'],
    ['export DAEMON_NAME=$HOME/.paloma', '/h/.paloma'],
    ['export DAEMON_NAME="${HOME}/.paloma"', '/h/.paloma'],
    ['export DAEMON_NAME=~/.paloma # mine', '/h/.paloma'],
    ['export DAEMON_NAME=$(whoami)', undefined],
    ['export DAEMON_NAME="$OTHER"', undefined],
    ['export OTHER=1', undefined],
    ['# export DAEMON_NAME=palomad', undefined],
  ])('set what a shell would take of %s', (line, value) => {
    expect(assignmentsIn(`first\n${line}`, '/h')).toEqual(value === undefined ? [] : [['DAEMON_NAME', value, 2]]);
  });

  it('are read of each user, with the line', async () => {
    const home = await tempDir();
    await writeFile(join(home, '.profile'), '\nexport DAEMON_HOME=$HOME/.paloma\n');
    const variables = await profileVariables([{ home: '/not/there' }, { home }]);
    expect(variables.get('DAEMON_HOME')).toEqual({ value: `${home}/.paloma`, source: `${home}/.profile:2` });
  });
});

describe('flags of a node', () => {
  it('are those that its help names', () => {
    const help = [
      'Usage: palomad start [flags], as in --not-this',
      'Flags:',
      '      --abci string       specify abci transport (socket | grpc) (default "socket")',
      '  -h, --help              help for start, see --nor-this',
      '      --p2p.seeds string  comma-delimited ID@host:port',
    ].join('\n');
    expect([...flagsIn(help)]).toEqual(['abci', 'help', 'p2p.seeds']);
  });
});

describe('a command line', () => {
  it.each([
    ['/usr/bin/chainvisor run start', true],
    ['-/home/p/go/bin/cosmovisor start', true],
    ['/usr/bin/env cosmovisor run start', true],
    ['/usr/bin/node "/opt/a b/main.js" run start', true],
    ['/usr/bin/palomad start', true],
    ['/usr/bin/node /opt/main.js stage', false],
    ['/usr/bin/chainvisor-stager stage', false],
    ['/usr/bin/other palomad.toml', false],
    ['/usr/bin/chainvisor "open', true],
  ])('runs a node or not: %s', (exec, expected) => {
    expect(runsNode(exec, 'palomad')).toBe(expected);
  });
});

describe('a service', () => {
  it('is of the home that its environment names, else its command line', async () => {
    const path = join(await tempDir(), 'x.service');
    const homeOf = async (lines: string): Promise<string | undefined> => {
      await writeFile(path, `[Service]\n${lines}\n`);
      return homeOfService(readService(path));
    };
    expect(await homeOf('ExecStart=/bin/palomad start --home /a\nEnvironment=DAEMON_HOME=/b')).toBe('/b');
    expect(await homeOf('ExecStart=/bin/palomad start --home=/a')).toBe('/a');
    expect(await homeOf('ExecStart=/bin/palomad start')).toBeUndefined();
  });

  it('may write to a home that is named in a roundabout way', async () => {
    const path = join(await tempDir(), 'x.service');
    const home = 'Environment=DAEMON_NAME=palomad DAEMON_HOME=/home//not-there/../nor-there/.p';
    const lines = `ProtectHome=read-only\nReadWritePaths=/home/nor-there/.p\n${home}`;
    await writeFile(path, `[Service]\nExecStart=/usr/local/bin/chainvisor run start\n${lines}\n`);
    const found = await lintService(readService(path), {});
    expect(found.map(({ code }) => code)).not.toContain('PATH_READ_ONLY');
    await writeFile(path, `[Service]\nExecStart=/usr/local/bin/chainvisor run start\nProtectHome=read-only\n${home}\n`);
    expect((await lintService(readService(path), {})).map(({ code }) => code)).toContain('PATH_READ_ONLY');
  });

  it('is told what is wrong with its environment files', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'x.env'), 'GOOD=1\nexport BAD=1\n');
    const files = `EnvironmentFile=${dir}/x.env\nEnvironmentFile=${dir}/none.env\nEnvironmentFile=-${dir}/none.env`;
    await writeFile(join(dir, 'x.service'), `[Service]\nExecStart=/bin/x\nEnvironment=nonsense\n${files}\n`);
    const found = environmentFindings(readService(join(dir, 'x.service')));
    expect(found.map(({ code, file, line }) => [code, file, line])).toEqual([
      ['ENV_FILE_MISSING', `${dir}/none.env`, undefined],
      ['ENV_FILE_LINE', `${dir}/x.env`, 2],
    ]);
  });
});
