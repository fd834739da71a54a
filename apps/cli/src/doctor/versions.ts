import { matchesPlan, readVersion } from '@chainvisor/binary';
import { libIn } from '@chainvisor/layout';
import { basename } from 'node:path';
import { reasonOf } from '@chainvisor/report';
import { type Candidate, candidatesOf } from './binaries.js';
import { type Check, checker } from './check.js';
import type { Facts } from './facts.js';

const { ok, note, warning, error } = checker('binaries');

/** A binary that prints its version has done so by then, on a machine that works. */
const answerWithin = 8000;

/**
 * What the binaries say that they are: each is run as `version`, in an environment and a home of its own. To be called after
 * everything else, by whoever may run them: nothing that was staged runs as root where the home is another user's.
 */
export async function versions({ home, env, signal }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  const candidates = await candidatesOf(home.layout);
  return Promise.all(candidates.map((candidate) => ofVersion(candidate, env['LD_LIBRARY_PATH'], signal)));
}

async function ofVersion(
  { target, dir, path }: Candidate,
  libraryPath: string | undefined,
  signal: AbortSignal,
): Promise<Check> {
  const libraries = { libDir: libIn(dir), ...(libraryPath === undefined ? {} : { libraryPath }) };
  try {
    const said = await readVersion(path, { ...libraries, timeout: answerWithin, signal });
    if (said.ok) return ofName(target, said.version, path);
    if (said.reason === 'no-version') return note(`the binary of ${target} names no version`, { where: path });
    const level = said.reason === 'timeout' ? warning : error;
    return level(`\`${basename(path)} version\` of ${target} fails`, {
      why: said.detail,
      do: 'run it by hand; put it there again where it is damaged',
      where: path,
    });
  } catch (failed) {
    return note(`the version of the binary of ${target} could not be asked for`, { why: reasonOf(failed) });
  }
}

function ofName(target: string, version: string, path: string): Check {
  const name = basename(target);
  const isOther = target.startsWith('upgrades/') && matchesPlan(version, name) === 'other';
  if (!isOther) return ok(`the binary of ${target} is ${version}`);
  return warning(`the binary of ${target} says it is ${version}`, {
    why: `the plan's name is ${name}`,
    do: 'see whether it is the release of this upgrade; chains whose names differ need nothing',
    where: path,
  });
}
