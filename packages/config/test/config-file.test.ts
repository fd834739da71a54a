import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigFile, readSettings, type ConfigFile } from '../src/index.js';
import { table, tempDir } from './support.js';

async function written(content: string | Uint8Array, name = 'config.toml'): Promise<string> {
  const path = join(await tempDir(), name);
  await writeFile(path, content);
  return path;
}

async function read(content: string | Uint8Array, name?: string): Promise<ConfigFile> {
  return await readConfigFile(await written(content, name));
}

describe('readConfigFile', () => {
  it('gives the entries and the path', async () => {
    const path = await written('daemon_name = "palomad"\ndaemon_poll_interval = 300_000_000\nx = 1.5\n');
    const file = await readConfigFile(path);
    expect(file.path).toBe(path);
    expect({ ...file.entries }).toEqual({ daemon_name: 'palomad', daemon_poll_interval: 300_000_000n, x: 1.5 });
  });

  it.each([
    ['a byte order mark', '\ufeffdaemon_name = "x"'],
    ['Windows line ends', 'daemon_name = "x"\r\n# end\r\n'],
    ['a comment behind the value', 'daemon_name = "x" # y'],
  ])('reads a file with %s', async (_, content) => {
    expect((await read(content)).entries['daemon_name']).toBe('x');
  });

  it('reads an empty file as one without settings', async () => {
    expect({ ...(await read('')).entries }).toEqual({});
  });

  it('follows a symbolic link and accepts an upper-case extension', async () => {
    const path = await written('a = 1');
    const link = `${path}.link.TOML`;
    await symlink(path, link);
    expect((await readConfigFile(link)).entries['a']).toBe(1n);
  });

  it.each([
    ['a missing file', 'none.toml'],
    ['a missing directory', 'none/config.toml'],
    ['a file where a directory should be', 'config.toml/config.toml'],
  ])('says that %s is missing', async (_, name) => {
    const path = join(await written('', 'config.toml'), '..', name);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: 'CONFIG_FILE_MISSING',
      message: `config file "${path}" does not exist`,
      hint: expect.stringContaining('check the path') as unknown,
    });
  });

  it('refuses a directory', async () => {
    const path = join(await tempDir(), 'config.toml');
    await mkdir(path);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: `config file "${path}" cannot be read: it is not a regular file`,
    });
  });

  it('refuses a named pipe at once instead of waiting for a writer', async () => {
    const path = join(await tempDir(), 'config.toml');
    execFileSync('mkfifo', [path]);
    await expect(readConfigFile(path)).rejects.toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
  });

  it('refuses a link that leads back to itself, with the cause', async () => {
    const path = join(await tempDir(), 'config.toml');
    await symlink(path, path);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      cause: { code: 'ELOOP' },
    });
  });

  it('refuses a file that is far too large', async () => {
    await expect(read('#'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'CONFIG_FILE_UNREADABLE' });
  });

  it.each(['config.yaml', 'config.yml', 'config.json', 'config.env', 'config', '.toml', 'config.toml.bak'])(
    'refuses %s, which is not TOML by its name, and says what to do',
    async (name) => {
      await expect(read('{}', name)).rejects.toMatchObject({
        code: 'CONFIG_FILE_UNSUPPORTED',
        message: expect.stringContaining(name) as unknown,
        hint: expect.stringContaining('as TOML') as unknown,
      });
    },
  );

  it.each([
    ['an unquoted duration', 'a = 1\ndaemon_shutdown_grace = 30s\n', 2, 'put durations in quotes, as in "300ms"'],
    ['an unquoted path', 'daemon_home = /home/x', 1, 'put texts and paths in quotes'],
    ['an unquoted word', 'daemon_name = palomad', 1, 'put texts and paths in quotes'],
    ['a line of a shell script', '# x\n\nexport DAEMON_NAME="x"', 3, 'write each setting as key = value'],
    ['a line of YAML', 'daemon_name: x', 1, 'write each setting as key = value'],
    ['a key given twice', 'a = 1\na = 2', 2, 'correct that line'],
    ['a cut file', "daemon_name = 'pal", 1, 'correct that line'],
    ['a NUL byte', 'a = 1\n\0', 2, 'correct that line'],
    ['nesting without end', `a = ${'['.repeat(5000)}`, 1, 'correct that line'],
  ])('gives line and column for %s', async (_, content, line, hint) => {
    await expect(read(content)).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'CONFIG_FILE_SYNTAX',
      message: expect.stringMatching(new RegExp(`is not valid TOML: line ${line}, column \\d+: [^\\n]+$`)) as unknown,
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  it('refuses what is not UTF-8', async () => {
    await expect(read(Uint8Array.of(0x61, 0x3d, 0x22, 0xff, 0x22))).rejects.toMatchObject({
      code: 'CONFIG_FILE_SYNTAX',
    });
  });

  it('reads hostile keys as data', async () => {
    const file = await read('__proto__ = { daemon_name = "evil" }\nconstructor = 1\ndaemon_home = "/h"\n');
    expect(() => readSettings(table, { env: {}, file })).toThrow('DAEMON_NAME is not set');
    expect(({} as Record<string, unknown>)['daemon_name']).toBeUndefined();
  });
});
