import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FakeRun } from './fake-run.ts';
import { program } from './supervisor.ts';

/** How the built program is called. */
export interface Through {
  /** A command that becomes the one given to it, such as `nsenter` or `setpriv`: none by default. */
  readonly command?: readonly string[];
  /** Arguments behind those that a run gives it. */
  readonly args?: readonly string[];
  /** The built program, or another build of it. */
  readonly file?: string;
}

let count = 0;

/**
 * Writes a file for `FakeRun.start` that becomes the built program, called through a command or with more arguments. The
 * process stays the same all the way, so that its pid is the supervisor's and a signal to it reaches the supervisor.
 */
export async function through({ home }: FakeRun, { command = [], args = [], file = program }: Through) {
  count += 1;
  const path = join(home.dir, `through-${count}.mjs`);
  // env(1) looks the command up in PATH, which execve(2) does not.
  const before = JSON.stringify(['env', ...command]);
  await writeFile(
    path,
    `const given = [process.execPath, ${JSON.stringify(file)}, ...process.argv.slice(2), ...${JSON.stringify(args)}];
process.execve('/usr/bin/env', [...${before}, ...given], process.env);
`,
  );
  return path;
}
