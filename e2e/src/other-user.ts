import { bundlePath } from '@chainvisor/testkit';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { FakeRun } from './fake-run.ts';
import { program } from './supervisor.ts';
import { through } from './through.ts';

/** The user nobody: nothing on this machine is his. */
export const nobody = { uid: 65_534, gid: 65_534 };

const ids = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];

/** Why no supervisor and fake node can be run as nobody here; undefined where they can. */
export function nobodyRefused(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to become another user';
  const files = [program, bundlePath()].filter((file) => existsSync(file)).map((file) => JSON.stringify(file));
  try {
    const look = files.map((file) => `fs.accessSync(${file}, fs.constants.R_OK)`).join(';');
    execFileSync('setpriv', [...ids, process.execPath, '-e', look], { cwd: '/', stdio: 'pipe' });
    return undefined;
  } catch {
    return `needs a Node and a checkout that user ${nobody.uid} can read`;
  }
}

/** Gives a directory and all that is in it to a user; links themselves stay whose they are. */
export async function giveTo({ uid, gid }: typeof nobody, path: string): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await giveTo({ uid, gid }, inside);
    else if (entry.isFile()) await chown(inside, uid, gid);
  }
}

/** Gives the whole home to nobody. Resolves to what `FakeRun.start` starts the supervisor by as that user. */
export async function asNobody(run: FakeRun): Promise<string> {
  const file = await through(run, { command: ['setpriv', ...ids] });
  await giveTo(nobody, run.home.dir);
  return file;
}
