import { databaseLockFiles, validatorStateFile, walFile } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { writablePaths } from '@chainvisor/systemd-host';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backupsDir } from '../backup/made-for.js';
import type { RunSettings } from '../settings.js';

/**
 * The directories that a supervised node writes to, as `ReadWritePaths=` should name them; undefined where nothing below `/`
 * holds those between which backups are linked. With links followed, as they are now.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED`.
 */
export async function nodePaths(layout: Layout, settings: RunSettings): Promise<readonly string[] | undefined> {
  const { home, data } = layout;
  const backedUp = [data, ...settings.backupOutside.map((name) => join(home, name))];
  // A restore renames them: it is the directory above that is written to.
  const above = await Promise.all(backedUp.map(async (path) => dirname(await realpath(path).catch(() => path))));
  const files = [await validatorStateFile(home), await walFile(home), ...(await databaseLockFiles(home))];
  const elsewhere = [...(await linkedDirectories(home, backedUp)), ...(await linkedDirectories(data, []))];
  return writablePaths(
    [home, ...above, backupsDir(settings, layout)],
    [layout.root, layout.upgrades, ...files.map((file) => dirname(file)), ...elsewhere],
  );
}

/** Where the links in a directory lead that name directories, but for some. What cannot be looked at has none. */
async function linkedDirectories(directory: string, but: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(directory, name));
  const looked = await Promise.all(
    links.map(async (path) => ((await stat(path).catch(() => undefined))?.isDirectory() === true ? [path] : [])),
  );
  return looked.flat().filter((path) => !but.includes(path));
}
