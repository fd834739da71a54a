import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import type { FakeRun } from './fake-run.ts';
import { mountSpace } from './mount-space.ts';
import { through } from './through.ts';

/** A small file system of its own under a directory of a home, which only what is started by `program` sees. */
export interface SmallDisk {
  /** For `FakeRun.start`: the supervisor, with that disk. */
  readonly program: string;
  /** Takes every byte of it. */
  readonly fillBytes: () => Promise<void>;
  /** Takes every inode of it; the bytes stay free. */
  readonly fillInodes: () => Promise<void>;
  /** Gives back what was taken. */
  readonly free: () => Promise<void>;
  /** The path by which we, who do not see it, reach what is at a path on it. */
  readonly outside: (path: string) => string;
  /** Copies what is on it to where we see it, so that the home can be checked as any other. */
  readonly keep: () => Promise<void>;
}

/** Shell commands that take every byte of the file system of a directory, or give them back. */
export const filling = {
  fill: (directory: string) => `cat /dev/zero > '${directory}/ballast' 2>/dev/null || true`,
  free: (directory: string) => `rm -rf '${directory}/ballast' '${directory}/ballast.d'`,
};

/** Puts a directory of the home, with what is in it, on a tmpfs of a megabyte. */
export async function smallDisk(t: TestContext, run: FakeRun, directory: string): Promise<SmallDisk> {
  const space = await mountSpace(t);
  const disk = join(run.home.dir, 'disk');
  await space.sh(`
    mkdir '${disk}'
    mount -t tmpfs -o size=1m,nr_inodes=200,mode=0755 none '${disk}'
    cp -a '${directory}/.' '${disk}'
    mount --bind '${disk}' '${directory}'`);
  return {
    program: await through(run, { command: space.enter }),
    outside: space.outside,
    fillBytes: () => space.sh(filling.fill(disk)),
    fillInodes: () =>
      space.sh(`
        mkdir '${disk}/ballast.d'
        i=0; while touch '${disk}/ballast.d/'$i 2>/dev/null; do i=$((i + 1)); done`),
    free: () => space.sh(filling.free(disk)),
    async keep() {
      // The directory itself stays: it is what the disk is mounted over.
      for (const entry of await readdir(directory)) await rm(join(directory, entry), { recursive: true });
      for (const entry of await readdir(space.outside(disk))) {
        const options = { recursive: true, verbatimSymlinks: true };
        await cp(join(space.outside(disk), entry), join(directory, entry), options);
      }
    },
  };
}
