import type { CreateOptions, RestoreOptions } from '@chainvisor/backup';
import { execa } from 'execa';
import { join } from 'node:path';
import type { Contender } from './contenders.ts';

/** A way of making, or restoring, a backup of the `data` of a home. */
export interface BackingUp extends Contender<string> {
  /** What is there at its end, below the home. */
  readonly result: string;
}

/** Two ways of which one is ours, and what they are compared with. */
export interface Duel {
  readonly ours: BackingUp;
  /** What promises the same as ours: all is on disk at its end. */
  readonly floor: BackingUp;
  /** The same without sync. */
  readonly plain: BackingUp;
}

type Strategy = 'link' | 'copy';

/** Below the home: the milliseconds of our call alone, as it takes in a program that runs already. */
export const INSIDE = 'inside';

/** `<module> <name> <options> <file>`: nothing but the call, and how long it took. */
const call = `
const [module, name, options, file] = process.argv.slice(1);
const called = (await import(module))[name];
const begin = performance.now();
await called(JSON.parse(options));
const inside = performance.now() - begin;
(await import('node:fs')).writeFileSync(file, String(inside));
`;

type Call = readonly ['createBackup', CreateOptions] | readonly ['restoreBackup', RestoreOptions];

const byUs = (home: string, [name, options]: Call): readonly string[] => {
  const module = import.meta.resolve('@chainvisor/backup');
  const args = [module, name, JSON.stringify(options), join(home, INSIDE)];
  return [process.execPath, '--input-type=module', '-e', call, ...args];
};

const cpFor = { link: 'cp -al', copy: 'cp -a' } as const;

/** Making one, as `made`. */
export function making(strategy: Strategy, sh: string): Duel {
  const cp = `cd "$1" && ${cpFor[strategy]} data made`;
  return duel('made', strategy, sh, `createBackup by ${strategy}`, [cp, 'sync -f made'], (home) =>
    byUs(home, ['createBackup', { data: join(home, 'data'), parent: home, name: 'made', strategy, stopped: true }]),
  );
}

/** Restoring the one called `backup`; what was `data` is called `old` then. */
export function restoring(strategy: Strategy, sh: string): Duel {
  const cp = `cd "$1" && ${cpFor[strategy]} backup new`;
  const steps = [cp, 'sync -f new', 'mv data old && mv new data', 'sync .'];
  return duel('data', strategy, sh, `restoreBackup by ${strategy}`, steps, (home) =>
    byUs(home, ['restoreBackup', { data: join(home, 'data'), backup: join(home, 'backup'), aside: 'old', strategy }]),
  );
}

function duel(
  result: string,
  strategy: Strategy,
  sh: string,
  label: string,
  steps: readonly string[],
  command: BackingUp['command'],
): Duel {
  const bySh = (of: readonly string[]) => (home: string) => [sh, '-ec', of.join('\n'), 'floor', home];
  const plain = steps.filter((step) => !step.startsWith('sync'));
  return {
    ours: { label, command, result },
    floor: { label: `${cpFor[strategy]}, sync -f`, role: 'floor', command: bySh(steps), result },
    plain: { label: cpFor[strategy], command: bySh(plain), result },
  };
}

/** The absolute path of sh. Throws where a program that the floor is made of is missing. */
export async function floorsShell(): Promise<string> {
  for (const program of ['cp', 'mv', 'sync']) {
    const { failed, stdout } = await execa(program, ['--version'], { reject: false });
    if (failed || !stdout.includes('GNU coreutils')) throw new Error(`${program} is not that of GNU coreutils`);
  }
  const { stdout } = await execa('sh', ['-c', 'command -v sh']);
  return stdout;
}
