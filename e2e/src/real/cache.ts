import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

const MANIFEST = 'complete.json';
const STALE_MS = 24 * 60 * 60 * 1000;

/** The folder for what is expensive to make again: `$XDG_CACHE_HOME/chainvisor`, else `~/.cache/chainvisor`. A relative XDG_CACHE_HOME does not count, as its specification says. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'chainvisor');
}

/**
 * Makes sure that `target` is a directory that `fill` has filled to the end. It is filled under a temporary name beside `target`, synced and then
 * renamed, so that neither a crash nor a second caller at the same time ever shows a half-filled one: where two fill it, the first rename wins.
 * `fill` also gets a directory for what is not to be kept. A target whose files no longer have the sizes they were published with counts as missing.
 */
export async function publishDirectory(
  target: string,
  fill: (directory: string, scratch: string) => Promise<void>,
): Promise<void> {
  if (await isComplete(target)) return;
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeStale(parent);
  const temporary = await mkdtemp(join(parent, `.${basename(target)}.`));
  try {
    const content = join(temporary, 'content');
    const scratch = join(temporary, 'scratch');
    for (const each of [content, scratch]) await mkdir(each);
    await fill(content, scratch);
    await writeFile(join(content, MANIFEST), JSON.stringify(await sizes(content)));
    await syncTree(content);
    await moveIntoPlace(content, target, join(temporary, 'replaced'));
  } finally {
    // A stopped compiler may still be writing for a moment.
    await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function moveIntoPlace(content: string, target: string, aside: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rename(content, target);
      return;
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    }
    if (await isComplete(target)) return;
    try {
      await rename(target, `${aside}-${attempt}`);
    } catch (error) {
      // Another caller has moved the incomplete one away first.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

async function isComplete(target: string): Promise<boolean> {
  try {
    const expected = JSON.parse(await readFile(join(target, MANIFEST), 'utf8')) as Record<string, number>;
    for (const [name, size] of Object.entries(expected)) {
      if ((await stat(join(target, name))).size !== size) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function sizes(directory: string): Promise<Record<string, number>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: Record<string, number> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 1)] = (await stat(path)).size;
  }
  return found;
}

async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((each) => each.isFile() || each.isDirectory())
    .map((each) => join(each.parentPath, each.name));
  for (const path of [...paths, directory]) {
    await using file = await open(path, 'r');
    await file.sync();
  }
}

/** Temporary directories whose maker was killed. A day is longer than any build takes. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.')) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}
