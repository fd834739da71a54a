import { chmodSync, realpathSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HostError, ownProgram } from '../src/index.js';
import { barTo } from '../src/reach.js';
import { makeTree } from './helpers/tree.js';

const node = '/usr/bin/node';
/** A program that every machine has, where programs stay; a link on most. */
const script = '/bin/sh';

const options = { ourselves: { node, script: 'unused' }, exec: undefined, account: undefined };

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof HostError ? error.code : String(error);
  }
}

describe('the program that a unit starts', () => {
  it('is our node and our file, links followed, or what the operator names', () => {
    expect(ownProgram({ ...options, ourselves: { node, script } }).exec).toEqual([node, realpathSync(script)]);
    expect(ownProgram({ ...options, exec: '/usr/local/bin/chainvisor' })).toEqual({
      exec: ['/usr/local/bin/chainvisor'],
      warnings: [],
    });
  });

  it.each([
    '/tmp/x/main.js',
    '/run/user/1000/fnm_multishells/1/bin/node',
    '/home/p/.npm/_npx/abc/node_modules/chainvisor/dist/main.js',
    '/home/p/.cache/pnpm/dlx/abc/node_modules/chainvisor/dist/main.js',
  ])('is refused where it will not stay: %s', (exec) => {
    expect(codeOf(() => ownProgram({ ...options, exec }))).toBe('SYSTEMD_HOST_PROGRAM_TEMPORARY');
  });

  it.each([
    ['/home/p/.nvm/versions/node/v24.1.0/bin/node', /goes away with the next/],
    ['/root/.local/share/pnpm/global/5/.pnpm/chainvisor@0.1.0/node_modules/x/main.js', /goes away with the next/],
    ['/home/p/bin/chainvisor', /lies in a user's home/],
  ])('is warned of where it may go away: %s', (exec, warning) => {
    const { warnings } = ownProgram({ ...options, exec });
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('can be kept from a user by the rights of any directory above it', (t) => {
    const tree = makeTree(t);
    chmodSync(tree.root, 0o755);
    const file = tree.write('/a/b/main.js', '');
    for (const path of ['/a', '/a/b', '/a/b/main.js']) chmodSync(tree.at(path), 0o755);
    const [stranger, owner] = [
      { uid: 4242, gid: 4242 },
      { uid: process.getuid?.() ?? 0, gid: 4242 },
    ];
    expect(barTo(file, stranger)).toBeUndefined();
    chmodSync(tree.at('/a'), 0o700);
    expect(barTo(file, stranger)).toBe(tree.at('/a'));
    expect(barTo(file, owner)).toBeUndefined();
    expect(barTo(file, { uid: 0, gid: 0 })).toBeUndefined();
    chmodSync(tree.at('/a'), 0o755);
    chmodSync(file, 0o744);
    expect(barTo(file, stranger)).toBe(file);
  });
});
