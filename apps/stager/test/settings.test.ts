import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../src/settings/load.js';
import { settingsTable } from '../src/settings/table.js';
import { utcDate } from '../src/settings/utc-date.js';
import { tempDir } from './helpers/temp.js';

const hex = 'ab'.repeat(32);
const base = { DAEMON_HOME: '/h', DAEMON_NAME: 'palomad' };

async function configFile(content: Record<string, unknown> | string): Promise<string> {
  const path = join(await tempDir(), 'config.toml');
  await writeFile(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

/** The message of what is thrown. */
async function refusal(flags: Parameters<typeof loadSettings>[0], env: Record<string, string> = base): Promise<string> {
  return loadSettings(flags, env).then(
    () => 'nothing was refused',
    (error: unknown) => (error as Error).message,
  );
}

describe('settings', () => {
  it('come from a flag, else the environment, else the file, and each tells which', async () => {
    const config = await configFile({
      daemon_home: '/from/file',
      daemon_name: 'fromfiled',
      keep: 7,
      attempts: 9,
      release: { repository: 'a/b' },
    });
    const env = { DAEMON_NAME: 'fromenvd', CHAINVISOR_STAGER_KEEP: '5', CHAINVISOR_STAGER_CONFIG: config };
    const { values, sources, file } = await loadSettings({ keep: '3' }, env);
    expect(values).toMatchObject({ home: '/from/file', daemon: 'fromenvd', keep: 3, attempts: 9, repository: 'a/b' });
    expect(sources).toMatchObject({
      home: { from: 'file', path: config, key: 'daemon_home' },
      daemon: { from: 'environment', variable: 'DAEMON_NAME' },
      keep: { from: 'flag', flag: '--keep' },
      repository: { from: 'file', key: 'release.repository' },
      requireChecksum: { from: 'default' },
    });
    expect(file).toBe(config);
  });

  it('require a checksum unless the operator says otherwise', async () => {
    const strict = await loadSettings({}, base);
    expect(strict.values).toMatchObject({ requireChecksum: true, allowWeakChecksum: false, requireVersion: false });
    const config = await configFile({ require_checksum: false });
    const lax = await loadSettings({ config }, base);
    expect(lax.values.requireChecksum).toBe(false);
  });

  it('read every table of the file', async () => {
    const config = await configFile(`
rpc_address = "tcp://127.0.0.1:26657"
[release]
repository = "palomachain/paloma"
api = "https://git.example/api/v1"
asset = "paloma_{os}_{arch}.tar.gz"
token_file = "/etc/token"
before = 2026-11-30
[template]
urls = ["https://h.example/{name}/a.zip", "https://h.example/{version}/b.zip"]
checksum = "file:https://h.example/{name}/checksums.txt"
[sources]
plan_info = false
[upgrades."v2.4.15"]
url = "https://h.example/p.tar.gz"
checksum = "sha256:${hex}"
[upgrades.v3]
url = "https://h.example/v3?checksum=sha256:${hex}"
`);
    const { values, upgrades } = await loadSettings({ config }, base);
    expect(values).toMatchObject({
      rpcAddress: 'tcp://127.0.0.1:26657',
      releaseApi: 'https://git.example/api/v1',
      asset: 'paloma_{os}_{arch}.tar.gz',
      tokenFile: '/etc/token',
      templateUrls: ['https://h.example/{name}/a.zip', 'https://h.example/{version}/b.zip'],
      templateChecksum: 'file:https://h.example/{name}/checksums.txt',
      fromPlanInfo: false,
      fromTable: true,
    });
    expect(utcDate(values.before ?? '')?.getTime()).toBe(Date.UTC(2026, 10, 30));
    expect([...upgrades]).toEqual([
      ['v2.4.15', { url: 'https://h.example/p.tar.gz', checksum: `sha256:${hex}` }],
      ['v3', { url: `https://h.example/v3?checksum=sha256:${hex}` }],
    ]);
  });

  it('are read from the home where nobody names a file, and from no other then', async () => {
    const home = await tempDir();
    await mkdir(join(home, 'cosmovisor'));
    const own = join(home, 'cosmovisor/stager.toml');
    await writeFile(own, 'keep = 4\n');
    const found = await loadSettings({ home }, { DAEMON_NAME: 'd' });
    expect([found.file, found.values.keep]).toEqual([own, 4]);
    const named = await configFile({ attempts: 2 });
    const other = await loadSettings({ home, config: named }, { DAEMON_NAME: 'd' });
    expect([other.file, other.values.keep]).toEqual([named, 2]);
  });
});

describe('refused, with name, value, source and way out', () => {
  it.each<[what: string, content: string, said: readonly (string | RegExp)[]]>([
    [
      'an unknown key',
      'reqire_checksum = true',
      ['key "reqire_checksum" in ', 'is not known: there are ', 'require_checksum'],
    ],
    [
      'an unknown key of a table',
      '[release]\nrepo = "a/b"',
      ['key "release.repo" in ', 'there are repository, api, asset'],
    ],
    ['an unknown table', '[relase]\nrepository = "a/b"', ['table "relase" in ', '[release], [template], [sources]']],
    [
      'a table that is none',
      'release = "a/b"',
      ['key "release" in ', 'it is a table: write [release] and repository, api'],
    ],
    ['a value of another kind', 'keep = "two"', ['keep (CHAINVISOR_STAGER_KEEP) = "two" in ', 'write it as digits']],
    ['no repository', '[release]\nrepository = "https://github.com/a/b"', ['is not owner/name; set it to owner/name']],
    ['no date', '[release]\nbefore = "soon"', ['release.before', '"soon"', 'is not a date; set it to a date such as']],
    [
      'a relative path',
      '[release]\ntoken_file = "token"',
      ['"token"', 'is not an absolute path; set it to an absolute path, such as /etc/'],
    ],
    [
      'an unknown placeholder',
      '[template]\nurls = ["https://h/{tag}"]',
      ['{tag} is not known; there are {name}, {os}'],
    ],
    ['a template that is no address', '[template]\nurls = ["ftp://h/{name}"]', ['is no address that can be fetched']],
    ['a checksum that is none', '[template]\nchecksum = "sha256:ab"', ['does not begin with file:']],
    ['an upgrade without address', '[upgrades.v2]\nchecksum = "x"', ['[upgrades."v2"] in ', 'has no url: write url =']],
    [
      'an upgrade with a wrong key',
      '[upgrades.v2]\nsha = "x"\nurl = "https://h/x"',
      ['has the key "sha"', 'there are url and'],
    ],
    ['an upgrade with a path', '[upgrades.v2]\nurl = "/tmp/x"', ['has a url that is no address that can be fetched']],
    [
      'an upgrade with half a checksum',
      '[upgrades.v2]\nurl = "https://h/x"\nchecksum = "sha256:abc"',
      ['has a checksum that cannot be used', 'write sha256:<64 hex digits>'],
    ],
    ['upgrades that are none', 'upgrades = 3', ['upgrades in ', 'is no table: write [upgrades."<name of the plan>"]']],
  ])('%s in the file', async (_, content, said) => {
    const config = await configFile(content);
    const message = await refusal({ config });
    expect(message).toMatch(/^a setting is wrong, nothing was done\n/);
    for (const part of said) expect(message).toMatch(part);
    expect(message).toContain(config);
  });

  it('a variable with our prefix that nothing reads', async () => {
    const message = await refusal({}, { ...base, CHAINVISOR_STAGER_KEP: '1' });
    expect(message).toContain('environment variable "CHAINVISOR_STAGER_KEP" is not known: remove it; there are ');
    expect(message).toContain('CHAINVISOR_STAGER_KEEP, ');
  });

  it('a token where its file is to be named, without telling it', async () => {
    const message = await refusal({}, { ...base, CHAINVISOR_STAGER_RELEASE_TOKEN_FILE: 'ghp_SEKRIT01234567890' });
    expect(message).toContain(
      'is not an absolute path; set it to an absolute path, such as /etc/chainvisor-stager/token',
    );
    expect(message).not.toContain('SEKRIT');
  });

  it.each<[what: string, content: string, shown: string]>([
    ['an address of no kind', '[release]\napi = "htps://u:SEKRIT@h/api"', 'htps://***@h/api'],
    [
      'a checksum without file:',
      '[template]\nchecksum = "https://u:SEKRIT@h/{name}/sums"',
      'https://***@h/{name}/sums',
    ],
    ['a template', '[template]\nurls = ["https://u:SEKRIT@h/{tag}"]', 'an array'],
    ['an address with a comma', '[template]\nurls = ["https://u:SEKRIT@h/a,b"]', 'https://***@h/a,b'],
    ['an address where a repository should be', '[release]\nrepository = "https://u:SEKRIT@h/a"', 'https://***@h/a'],
    ['an address of an upgrade', '[upgrades.v2]\nurl = "htps://u:SEKRIT@h/a"', '[upgrades."v2"]'],
  ])('%s, without its password', async (_, content, shown) => {
    const message = await refusal({ config: await configFile(content) });
    expect(message).toContain(shown);
    expect(message).not.toContain('SEKRIT');
  });

  it('addresses of the environment, without their passwords', async () => {
    const url = `ftp://u:SEKRIT@h/${'x'.repeat(300)}`;
    const message = await refusal({}, { ...base, CHAINVISOR_STAGER_TEMPLATE_URLS: `https://h/?t=SEKRIT,${url}` });
    expect(message).toContain('CHAINVISOR_STAGER_TEMPLATE_URLS = "');
    expect(message).not.toContain('SEKRIT');
  });

  it('a flag by its own name', async () => {
    expect(await refusal({ home: 'rel' })).toContain('--home "rel": is not an absolute path; write the whole path');
    expect(await refusal({ keep: '-1' })).toContain('--keep "-1": is less than 0; use 0 or more');
  });

  it('all at once', async () => {
    const config = await configFile('nonsense = 1\nkeep = -1\n[upgrades.v2]\n');
    const message = await refusal({ config }, { CHAINVISOR_STAGER_ATTEMPTS: 'x' });
    expect(message).toMatch(/^6 settings are wrong/);
    for (const part of ['nonsense', 'keep', 'v2', 'ATTEMPTS', 'DAEMON_HOME is not set', 'DAEMON_NAME is not set']) {
      expect(message).toContain(part);
    }
  });

  it.each([
    ['flag', { config: 'stager.toml' }, base, 'the flag --config'],
    [
      'variable',
      {},
      { ...base, CHAINVISOR_STAGER_CONFIG: 'stager.toml' },
      'CHAINVISOR_STAGER_CONFIG in the environment',
    ],
  ])('a relative path of the file, by %s', async (_, flags, env, source) => {
    expect(await refusal(flags, env)).toBe(`"stager.toml" of ${source} is not an absolute path`);
  });

  it.each<[string, (own: string) => Promise<void>, string]>([
    ['leads nowhere', (own) => symlink('gone', own), 'is a link that leads nowhere'],
    ['leads in a circle', (own) => symlink(own, own), 'is a link that leads nowhere'],
    [
      'cannot be looked up',
      (own) => rm(dirname(own), { recursive: true }).then(() => writeFile(dirname(own), '')),
      'cannot be looked up: ENOTDIR',
    ],
  ])('a file of the home that %s', async (_, make, said) => {
    const home = await tempDir();
    const own = join(home, 'cosmovisor/stager.toml');
    await mkdir(dirname(own));
    await make(own);
    expect(await refusal({ home })).toContain(`config file ${JSON.stringify(own)} ${said}`);
  });

  it('a file that is named and not there', async () => {
    expect(await refusal({ config: '/nonexistent/x.toml' })).toBe('config file "/nonexistent/x.toml" does not exist');
  });
});

it('has a variable and a key for each setting, all different', () => {
  const rows = Object.values(settingsTable).map(({ env, key }) => ({ env, key }));
  expect(new Set(rows.map(({ env }) => env)).size).toBe(rows.length);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});
