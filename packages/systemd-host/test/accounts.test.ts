import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAccount, HostError, nodeAccount, notifyProgram, systemctl, systemdVersion } from '../src/index.js';
import { makeTree } from './helpers/tree.js';

describe('a user', () => {
  it('of this machine is found by name and by number', async () => {
    const root = { name: 'root', uid: 0, gid: 0 };
    expect(await findAccount('root')).toMatchObject(root);
    expect(await findAccount(0)).toMatchObject(root);
    expect(await findAccount('0')).toMatchObject(root);
  });

  it('of an image is the one in its own file', async (t) => {
    const tree = makeTree(t);
    tree.write('/etc/passwd', 'root:x:0:0::/root:/bin/sh\npaloma:x:990:991::/srv/paloma:/usr/sbin/nologin\nbroken\n');
    const paloma = { name: 'paloma', uid: 990, gid: 991, home: '/srv/paloma' };
    expect(await findAccount('paloma', { root: tree.root })).toEqual(paloma);
    expect(await findAccount(990, { root: tree.root })).toEqual(paloma);
    expect(await findAccount('', { root: tree.root })).toBeUndefined();
    expect(await findAccount('broken', { root: tree.root })).toBeUndefined();
  });

  it('that is not there is an error where one must be', async () => {
    expect(await findAccount('no-such-user-here')).toBeUndefined();
    await expect(nodeAccount({ user: 'no-such-user-here', owned: [] })).rejects.toMatchObject({
      code: 'SYSTEMD_HOST_USER_MISSING',
      hint: expect.stringContaining('--user') as string,
    });
  });
});

describe('the programs of systemd', () => {
  it('are found by a given path first', async (t) => {
    const tree = makeTree(t);
    const fake = tree.write('/bin/systemctl', '#!/bin/sh\necho "systemd 999 (999.1)"\nexit 0\n');
    chmodSync(fake, 0o755);
    expect(await systemdVersion(tree.at('/bin'))).toBe(999);
    expect(notifyProgram(tree.at('/bin'))).not.toBe(tree.at('/bin/systemd-notify'));
  });

  it('answer by their exit code', async (t) => {
    const tree = makeTree(t);
    const fake = tree.write('/bin/systemctl', '#!/bin/sh\necho "$@"\necho why >&2\nexit 3\n');
    chmodSync(fake, 0o755);
    expect(await systemctl(['is-enabled', 'x'], { path: tree.at('/bin'), root: '/image' })).toEqual({
      code: 3,
      stdout: '--root=/image is-enabled x\n',
      stderr: 'why\n',
    });
  });

  it('that do not start are an error', async (t) => {
    const tree = makeTree(t);
    const fake = tree.write('/bin/systemctl', '#!/not/there\n');
    chmodSync(fake, 0o755);
    const failed = systemctl(['x'], { path: tree.at('/bin') });
    await expect(failed).rejects.toBeInstanceOf(HostError);
    await expect(failed).rejects.toMatchObject({ code: 'SYSTEMD_HOST_TOOL_FAILED' });
  });
});
