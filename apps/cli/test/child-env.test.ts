import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnv } from '../src/child-env.js';
import { tempDir } from './helpers/temp.js';

const env = { PATH: '/bin', DAEMON_NAME: 'palomad', EMPTY: '' };

describe('the environment of a binary', () => {
  it('is ours, all of it, where the upgrade has no lib/', async () => {
    expect(childEnv(env, await tempDir())).toEqual(env);
    expect(childEnv({ ...env, LD_LIBRARY_PATH: '/l' }, await tempDir())).toEqual({ ...env, LD_LIBRARY_PATH: '/l' });
  });

  it('has lib/ alone where nothing was set: an empty part would mean the working directory', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'lib'));
    const expected = { ...env, LD_LIBRARY_PATH: join(dir, 'lib') };
    expect(childEnv(env, dir)).toEqual(expected);
    expect(childEnv({ ...env, LD_LIBRARY_PATH: '' }, dir)).toEqual(expected);
    expect(childEnv({ ...env, LD_LIBRARY_PATH: undefined }, dir)).toEqual(expected);
  });

  it('has lib/ in front of what was set, which stays as it is for others', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'lib'));
    const ours = Object.freeze({ ...env, LD_LIBRARY_PATH: '/usr/lib:/opt/lib' });
    expect(childEnv(ours, dir)['LD_LIBRARY_PATH']).toBe(`${join(dir, 'lib')}:/usr/lib:/opt/lib`);
    expect(ours.LD_LIBRARY_PATH).toBe('/usr/lib:/opt/lib');
  });

  it('follows a link, and takes nothing that is no directory', async () => {
    const [linked, file, dangling, loop] = [await tempDir(), await tempDir(), await tempDir(), await tempDir()];
    await mkdir(join(linked, 'libraries'));
    await symlink('libraries', join(linked, 'lib'));
    await writeFile(join(file, 'lib'), '');
    await symlink('nowhere', join(dangling, 'lib'));
    await symlink('lib', join(loop, 'lib'));
    expect(childEnv(env, linked)['LD_LIBRARY_PATH']).toBe(join(linked, 'lib'));
    for (const dir of [file, dangling, loop, join(file, 'lib')]) expect(childEnv(env, dir)).toEqual(env);
  });
});
