import { libIn } from '@chainvisor/layout';
import { isDirectory } from './is-directory.js';

/**
 * The environment of a node's binary: ours, with the upgrade's own `lib/` in front of LD_LIBRARY_PATH where there is
 * one, for that child only. A chain's libwasmvm must be the version that its binary was built with.
 */
export function childEnv(
  env: Readonly<Record<string, string | undefined>>,
  dir: string,
): Readonly<Record<string, string | undefined>> {
  const lib = libIn(dir);
  if (!isDirectory(lib)) return env;
  const inherited = env['LD_LIBRARY_PATH'];
  return { ...env, LD_LIBRARY_PATH: inherited === undefined || inherited === '' ? lib : `${lib}:${inherited}` };
}
