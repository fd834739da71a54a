import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writablePaths } from '../src/index.js';
import { makeTree } from './helpers/tree.js';

/** Why nothing can be made on another file system than the temporary directory's. */
const otherRefused = ((): string | undefined => {
  try {
    const dir = mkdtempSync('/dev/shm/chainvisor-');
    const { dev } = statSync(dir);
    rmSync(dir, { recursive: true });
    return dev === statSync('/tmp').dev ? '/dev/shm is on the file system of /tmp' : undefined;
  } catch {
    return 'needs /dev/shm';
  }
})();

describe('writable paths', () => {
  it('of one file system become the nearest directory above all', (t) => {
    const tree = makeTree(t);
    tree.write('/a/home/data/x', '');
    tree.write('/a/backups/x', '');
    expect(writablePaths([tree.at('/a/home')])).toEqual([tree.at('/a/home')]);
    expect(writablePaths([tree.at('/a/home'), tree.at('/a/home/data')])).toEqual([tree.at('/a/home')]);
    expect(writablePaths([tree.at('/a/home'), tree.at('/a/backups')])).toEqual([tree.at('/a')]);
    expect(writablePaths([tree.at('/a/home'), tree.at('/a/home2')])).toEqual([tree.at('/a')]);
  });

  it('are where links lead', (t) => {
    const tree = makeTree(t);
    tree.write('/a/real/x', '');
    tree.link('/b/home', '../a/real');
    expect(writablePaths([tree.at('/b/home')])).toEqual([tree.at('/a/real')]);
    expect(writablePaths([tree.at('/b/home/to/come')])).toEqual([tree.at('/a/real/to/come')]);
  });

  it('that are apart are named by themselves, where they are not within another', (t) => {
    const tree = makeTree(t);
    tree.write('/a/home/x', '');
    tree.write('/b/wal/x', '');
    expect(writablePaths([tree.at('/a/home')], [tree.at('/b/wal'), tree.at('/a/home/data')])).toEqual([
      tree.at('/a/home'),
      tree.at('/b/wal'),
    ]);
  });

  it('are none where only the root is above all', () => {
    expect(writablePaths(['/'])).toBeUndefined();
    expect(writablePaths(['/not-there-1/a', '/not-there-2/b'])).toBeUndefined();
    expect(writablePaths(['/not-there-1/a', '/not-there-1/b'])).toEqual(['/not-there-1']);
  });

  it.skipIf(otherRefused !== undefined)(
    `of two file systems are one each${otherRefused === undefined ? '' : ` (skipped: ${otherRefused})`}`,
    (t) => {
      const tree = makeTree(t);
      tree.write('/home/x', '');
      const other = mkdtempSync('/dev/shm/chainvisor-');
      t.onTestFinished(() => rmSync(other, { recursive: true }));
      mkdirSync(`${other}/data`);
      mkdirSync(`${other}/backups`);
      tree.link('/home/data', `${other}/data`);
      const named = writablePaths([tree.at('/home'), tree.at('/home/data'), `${other}/backups`]);
      expect(named).toEqual([other, tree.at('/home')].sort());
    },
  );
});
