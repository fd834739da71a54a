import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { testDir } from '@chainvisor/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

import { cacheRoot, publishDirectory } from '../src/real/cache.ts';
import { realNodesRequired } from '../src/real/require.ts';
import { setToml } from '../src/real/toml.ts';

async function cache(): Promise<string> {
  const directory = await testDir();
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const fillWith =
  (text: string) =>
  async (directory: string): Promise<void> => {
    await mkdir(join(directory, 'bin'));
    await writeFile(join(directory, 'bin/minid'), text);
  };

describe('the cache of what is built', () => {
  it('shows a directory only when it is filled, however many fill it at once', async () => {
    const parent = await cache();
    const target = join(parent, 'chain');
    const fillSlowly = async (directory: string): Promise<void> => {
      await fillWith('ab')(directory);
      expect(await readdir(parent)).not.toContain('chain');
      // Long enough for all of them to be at it together; nothing depends on how long.
      await sleep(50);
    };
    await Promise.all(Array.from({ length: 8 }, () => publishDirectory(target, fillSlowly)));
    expect(await readFile(join(target, 'bin/minid'), 'utf8')).toBe('ab');
    expect(await readdir(parent)).toEqual(['chain']);
  });

  it('is not filled twice', async () => {
    const target = join(await cache(), 'chain');
    await publishDirectory(target, fillWith('first'));
    await publishDirectory(target, () => Promise.reject(new Error('filled again')));
    expect(await readFile(join(target, 'bin/minid'), 'utf8')).toBe('first');
  });

  it('keeps nothing of a failed filling', async () => {
    const parent = await cache();
    const failing = publishDirectory(join(parent, 'chain'), async (directory) => {
      await fillWith('half')(directory);
      throw new Error('no space');
    });
    await expect(failing).rejects.toThrow('no space');
    expect(await readdir(parent)).toEqual([]);
  });

  it.each([
    ['a shortened file', (target: string) => truncate(join(target, 'bin/minid'), 1)],
    ['a missing file', (target: string) => rm(join(target, 'bin/minid'))],
    ['no manifest', (target: string) => rm(join(target, 'complete.json'))],
    ['a cut manifest', (target: string) => truncate(join(target, 'complete.json'), 3)],
  ])('fills again what has %s, also when several do so at once', async (_, damage) => {
    const parent = await cache();
    const target = join(parent, 'chain');
    await publishDirectory(target, fillWith('first'));
    await damage(target);
    await Promise.all(Array.from({ length: 4 }, () => publishDirectory(target, fillWith('second'))));
    expect(await readFile(join(target, 'bin/minid'), 'utf8')).toBe('second');
    expect(await readdir(parent)).toEqual(['chain']);
  });

  it('sweeps what a killed build left a day ago, and leaves a running one alone', async () => {
    const parent = await cache();
    await mkdir(join(parent, '.chain.old'));
    await mkdir(join(parent, '.chain.new'));
    const before = Date.now() / 1000 - 25 * 60 * 60;
    await utimes(join(parent, '.chain.old'), before, before);
    await publishDirectory(join(parent, 'chain'), fillWith('x'));
    expect((await readdir(parent)).sort()).toEqual(['.chain.new', 'chain']);
  });

  it.each([
    [{ XDG_CACHE_HOME: '/var/cache/me' }, '/var/cache/me/chainvisor'],
    [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache/chainvisor')],
    [{ XDG_CACHE_HOME: '' }, join(homedir(), '.cache/chainvisor')],
    [{}, join(homedir(), '.cache/chainvisor')],
  ])('of %o lies in %s', (env, expected) => {
    expect(cacheRoot(env)).toBe(expected);
  });
});

describe('requiring real nodes', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['false', false],
    ['true', true],
  ])('is %s: %s', (value, expected) => {
    expect(realNodesRequired(value === undefined ? {} : { CHAINVISOR_REQUIRE_REAL_NODES: value })).toBe(expected);
  });

  it.each(['1', 'yes', 'True', ' true'])('refuses %j rather than drop the suite', (value) => {
    expect(() => realNodesRequired({ CHAINVISOR_REQUIRE_REAL_NODES: value })).toThrow('CHAINVISOR_REQUIRE_REAL_NODES');
  });
});

describe('editing a configuration file', () => {
  const text = '# laddr = no\nnode = "a"\n[rpc]\nladdr = "x" # why\n\n[p2p]\nladdr = "y"\nladdr_more = 1\n';

  it('changes one key of one table and nothing else', () => {
    const changed = setToml(text, [{ table: 'p2p', key: 'laddr', value: '"z"' }]);
    expect(changed).toBe(text.replace('laddr = "y"', 'laddr = "z"'));
    expect(setToml(text, [{ table: '', key: 'node', value: '"b"' }])).toBe(text.replace('node = "a"', 'node = "b"'));
  });

  it.each([
    ['rpc', 'addr', 'addr occurs 0 times in [rpc]'],
    ['', 'laddr', 'laddr occurs 0 times in the top level'],
    ['grpc', 'laddr', 'laddr occurs 0 times in [grpc]'],
  ])('refuses in [%s] the key %s that is not there', (table, key, message) => {
    expect(() => setToml(text, [{ table, key, value: '1' }])).toThrow(message);
  });
});
