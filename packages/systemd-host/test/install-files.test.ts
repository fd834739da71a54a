import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HostError, installFiles, type InstallFile, type InstallOptions } from '../src/index.js';
import { makeTree } from './helpers/tree.js';

const options: InstallOptions = { force: false, dryRun: false, owned: (text) => text.startsWith('# ours') };

async function codeOf(files: readonly InstallFile[], more: Partial<InstallOptions> = {}): Promise<string> {
  try {
    await installFiles(files, { ...options, ...more });
    return 'installed';
  } catch (error) {
    return error instanceof HostError ? error.code : String(error);
  }
}

describe('installing files', () => {
  it('creates them with their directories and rights, and then leaves them alone', async (t) => {
    const tree = makeTree(t);
    const files = [
      { path: tree.at('/etc/x/a.env'), text: '# ours\nA=1\n', mode: 0o640 },
      { path: tree.at('/etc/y/a.service'), text: '# ours\n', mode: 0o644 },
    ];
    const before = process.umask(0o077);
    t.onTestFinished(() => void process.umask(before));
    expect((await installFiles(files, options)).map(({ did }) => did)).toEqual(['created', 'created']);
    for (const { path, text, mode } of files) {
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(statSync(path).mode & 0o7777).toBe(mode);
    }
    for (const made of ['/etc', '/etc/x', '/etc/y']) expect(statSync(tree.at(made)).mode & 0o7777).toBe(0o755);
    const { ino, mtimeNs } = statSync(files[0]?.path ?? '', { bigint: true });
    expect((await installFiles(files, options)).map(({ did }) => did)).toEqual(['unchanged', 'unchanged']);
    expect(statSync(files[0]?.path ?? '', { bigint: true })).toMatchObject({ ino, mtimeNs });
    expect(readdirSync(tree.at('/etc/x'))).toEqual(['a.env']);
  });

  it('replaces what is ours, also for its rights alone', async (t) => {
    const tree = makeTree(t);
    const path = tree.write('/a', '# ours, old\n');
    const file = { path, text: '# ours, new\n', mode: 0o600 };
    expect(await installFiles([file], options)).toEqual([{ path, did: 'replaced', kept: undefined }]);
    expect(readFileSync(path, 'utf8')).toBe(file.text);
    expect(await installFiles([{ ...file, mode: 0o644 }], options)).toMatchObject([{ did: 'replaced' }]);
    expect(statSync(path).mode & 0o7777).toBe(0o644);
    expect(readdirSync(tree.root)).toEqual(['a']);
  });

  it('refuses what is not ours before it writes anything', async (t) => {
    const tree = makeTree(t);
    const foreign = tree.write('/b', 'theirs\n');
    const files = [
      { path: tree.at('/a'), text: '# ours\n', mode: 0o644 },
      { path: foreign, text: '# ours\n', mode: 0o644 },
    ];
    expect(await codeOf(files)).toBe('SYSTEMD_HOST_FOREIGN_FILE');
    expect(await codeOf(files, { dryRun: true })).toBe('SYSTEMD_HOST_FOREIGN_FILE');
    expect(readdirSync(tree.root)).toEqual(['b']);
    expect(readFileSync(foreign, 'utf8')).toBe('theirs\n');
  });

  it('keeps what is not ours beside where it is forced, once', async (t) => {
    const tree = makeTree(t);
    const path = tree.write('/b', 'theirs\n');
    const kept = `${path}.before-chainvisor`;
    const file = { path, text: '# ours\n', mode: 0o644 };
    expect(await installFiles([file], { ...options, force: true })).toEqual([{ path, did: 'replaced', kept }]);
    expect(readFileSync(kept, 'utf8')).toBe('theirs\n');
    expect(await installFiles([file], { ...options, force: true })).toEqual([
      { path, did: 'unchanged', kept: undefined },
    ]);
    tree.write('/b', 'theirs again\n');
    expect(await codeOf([file], { force: true })).toBe('SYSTEMD_HOST_KEPT_EXISTS');
    expect(readFileSync(kept, 'utf8')).toBe('theirs\n');
  });

  it('goes on where it was cut off between keeping and replacing', async (t) => {
    const tree = makeTree(t);
    const path = tree.write('/b', 'theirs\n');
    tree.write('/b.before-chainvisor', 'theirs\n');
    const file = { path, text: '# ours\n', mode: 0o644 };
    expect(await codeOf([file], { force: true })).toBe('installed');
    expect(readFileSync(path, 'utf8')).toBe('# ours\n');
  });

  it('takes a link for foreign, and keeps it as a link', async (t) => {
    const tree = makeTree(t);
    const target = tree.write('/elsewhere', '# ours\n');
    const path = tree.at('/b');
    symlinkSync(target, path);
    const file = { path, text: '# ours\n', mode: 0o644 };
    expect(await codeOf([file])).toBe('SYSTEMD_HOST_FOREIGN_FILE');
    expect(await codeOf([file], { force: true })).toBe('installed');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readlinkSync(`${path}.before-chainvisor`)).toBe(target);
  });

  it('never replaces a directory', async (t) => {
    const tree = makeTree(t);
    tree.write('/b/inside', '');
    const file = { path: tree.at('/b'), text: '# ours\n', mode: 0o644 };
    expect(await codeOf([file], { force: true })).toBe('SYSTEMD_HOST_FOREIGN_FILE');
    expect(await codeOf([{ ...file, path: tree.at('/b/inside/x') }])).toBe('SYSTEMD_HOST_WRITE_FAILED');
  });

  it('tells what it would do, and changes nothing, in a dry run', async (t) => {
    const tree = makeTree(t);
    const ours = tree.write('/a', '# ours\n');
    const theirs = tree.write('/b', 'theirs\n');
    const files = [ours, theirs, tree.at('/c/d')].map((path) => ({ path, text: '# ours, new\n', mode: 0o644 }));
    expect(await installFiles(files, { ...options, dryRun: true, force: true })).toEqual([
      { path: ours, did: 'replaced', kept: undefined },
      { path: theirs, did: 'replaced', kept: `${theirs}.before-chainvisor` },
      { path: tree.at('/c/d'), did: 'created', kept: undefined },
    ]);
    expect(readdirSync(tree.root)).toEqual(['a', 'b']);
    expect(readFileSync(ours, 'utf8')).toBe('# ours\n');
  });
});
