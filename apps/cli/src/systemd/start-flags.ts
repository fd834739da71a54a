import { binaryIn, type Layout, listUpgrades } from '@chainvisor/layout';
import { runToEnd } from '@chainvisor/runner';
import { findProgram } from '@chainvisor/systemd-host';
import { chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv } from '../child-env.js';
import { locateBinary } from '../locate-binary.js';

/** Milliseconds; a node answers in one second. */
const ANSWER_WITHIN = 20_000;
/** It has nothing to close. */
const GRACE = 1000;

/**
 * The flags of `start`, without their dashes, that `current` and each staged upgrade know, by the name `current` or that of
 * the upgrade: asked by `start --help`, in an empty home, by root as the user who owns the node's. A binary that does not
 * answer, or not before `signal` ends it, is left out. Never rejects.
 */
export async function startFlags(
  layout: Layout,
  path: string | undefined,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const staged = await listUpgrades(layout).catch(() => []);
  const places = [
    ['current', layout.current],
    ...staged.filter(({ misplaced }) => !misplaced).map(({ directory, dir }) => [directory, dir]),
  ] as const;
  const found = new Map<string, ReadonlySet<string>>();
  for (const [name = '', dir = ''] of places) {
    const located = await locateBinary(layout, dir);
    if (!located.ok || located.misplaced) continue;
    const flags = await ask(layout, dir, path, signal).catch(() => undefined);
    if (flags !== undefined && flags.size > 0) found.set(name, flags);
  }
  return found;
}

async function ask(
  layout: Layout,
  dir: string,
  path: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const binary = binaryIn(layout, dir);
  const { uid, gid } = await stat(layout.home);
  const home = await mkdtemp(join(tmpdir(), 'chainvisor-flags-'));
  try {
    const command = [binary, 'start', '--help'];
    const lead = await asOwner({ uid, gid }, home, path);
    if (lead === undefined) return undefined;
    const [file = binary, ...args] = [...lead, ...command];
    const env = childEnv({ PATH: path, LANG: 'C.UTF-8', HOME: home, TMPDIR: home }, dir);
    const { code, stdout, stderr } = await runToEnd({
      file,
      args,
      env,
      cwd: home,
      timeout: ANSWER_WITHIN,
      grace: GRACE,
      ...(signal === undefined ? {} : { signal }),
      output: 'capture',
    });
    // An error prints a part of them.
    return code === 0 ? flagsIn(`${stdout}\n${stderr}`) : undefined;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** What runs a program as another user: root must not run what that user may have written. undefined where nothing does. */
async function asOwner(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  home: string,
  path: string | undefined,
): Promise<readonly string[] | undefined> {
  if (process.geteuid?.() !== 0 || uid === 0) return [];
  const setpriv = findProgram('setpriv', path);
  if (setpriv === undefined) return undefined;
  await chown(home, uid, gid);
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
}

/** The flags that a help text of cobra names. */
export function flagsIn(help: string): ReadonlySet<string> {
  return new Set([...help.matchAll(/^\s+(?:-\w, )?--([\w][\w.-]*)/gm)].map(([, name = '']) => name));
}
