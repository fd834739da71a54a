import { killUnder, testDir } from '@chainvisor/testkit';
import { execa } from 'execa';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The one directory that everything of a run lies in, so that all of it, processes too, can be removed. */
export interface Workshop {
  readonly dir: string;
  /** Paths of the C programs of `bench-node/`, built at the first call. Throws where there is no C compiler. */
  programs(): Promise<Programs>;
  /** A new empty directory. */
  room(name: string): Promise<string>;
  /** Ends everything that runs in, from or for the workshop, then deletes it. */
  remove(): Promise<void>;
}

/** The C programs; what each does is said at its top. */
interface Programs {
  readonly benchd: string;
  readonly swapLoop: string;
  readonly stopwatch: string;
}

/** Makes the workshop under `TMPDIR`: the file system there is the one that is measured. */
export async function openWorkshop(): Promise<Workshop> {
  const dir = await testDir('chainvisor-bench-');
  let rooms = 0;
  let built: Promise<Programs> | undefined;
  return {
    dir,
    programs: () => (built ??= build(dir)),
    async room(name) {
      const path = join(dir, `${name}-${++rooms}`);
      await mkdir(path);
      return path;
    },
    async remove() {
      await killUnder(dir);
      await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      // What a scenario that is interrupted started meanwhile.
      await killUnder(dir);
    },
  };
}

async function build(dir: string): Promise<Programs> {
  const [benchd, swapLoop, stopwatch] = await Promise.all(
    ['benchd', 'swap-loop', 'stopwatch'].map((name) => compile(name, join(dir, name))),
  );
  return { benchd, swapLoop, stopwatch } as Programs;
}

/** Statically where that is possible: the dynamic loader's time is no supervisor's. */
async function compile(name: string, output: string): Promise<string> {
  const source = fileURLToPath(new URL(`bench-node/${name}.c`, import.meta.url));
  const flags = ['-O2', '-o', output, source];
  const compiler = process.env['CC'] ?? 'cc';
  const linkedStatically = await execa(compiler, ['-static', ...flags], { reject: false });
  if (!linkedStatically.failed) return output;
  const result = await execa(compiler, flags, { reject: false });
  if (!result.failed) return output;
  throw new Error(
    result.code === 'ENOENT'
      ? `no C compiler: ${compiler} is not on the path; install gcc or clang with the C library's headers, or name a compiler in CC`
      : `${compiler} cannot build ${source}: ${result.stderr}`,
  );
}
