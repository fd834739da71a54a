import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Row } from './table.ts';

/** One way of doing what is measured. */
export interface Contender<Home> {
  readonly label: string;
  readonly role?: Row['role'];
  /** The whole command line; the first is an absolute path. */
  readonly command: (home: Home) => readonly string[];
  /** Whether its failure is a result to be shown, and not that of the scenario. */
  readonly mayFail?: boolean;
}

/** A cosmovisor to compare with. */
export interface Cosmovisor {
  readonly path: string;
  readonly version: string;
}

/** The built program, as it is published. */
const program = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

const readVersion = async (command: readonly [string, ...string[]], args: readonly string[]): Promise<string> => {
  const [file, ...rest] = command;
  // Cosmovisor prints its version on stderr.
  const { all } = await execa(file, [...rest, ...args], { all: true, reject: false });
  return /^cosmovisor version: (?:chainvisor )?(.+)$/m.exec(all)?.[1]?.trim() ?? 'unknown';
};

/** Throws where the program is not built. */
export async function chainvisorVersion(): Promise<string> {
  if (!existsSync(program)) throw new Error(`${program} is not built: run \`pnpm build\` first`);
  return readVersion([process.execPath, program], ['version', '--cosmovisor-only']);
}

/** The cosmovisor that `COSMOVISOR` names; undefined where it names none. Throws where it names no file. */
export async function namedCosmovisor(): Promise<Cosmovisor | undefined> {
  const path = process.env['COSMOVISOR'];
  if (path === undefined || path === '') return undefined;
  if (!path.startsWith('/') || !existsSync(path)) {
    throw new Error(`COSMOVISOR=${path} is not an absolute path of a file: name cosmovisor's binary, or unset it`);
  }
  return { path, version: await readVersion([path], ['version', '--cosmovisor-only']) };
}

/** chainvisor, and cosmovisor where there is one, running `run <args>`. */
export function supervisors<Home>(
  cosmovisor: Cosmovisor | undefined,
  args: (home: Home) => readonly string[],
): readonly Contender<Home>[] {
  const ours: Contender<Home> = {
    label: 'chainvisor',
    command: (home) => [process.execPath, program, 'run', ...args(home)],
  };
  if (cosmovisor === undefined) return [ours];
  const theirs: Contender<Home> = {
    label: `cosmovisor ${cosmovisor.version}`,
    command: (home) => [cosmovisor.path, 'run', ...args(home)],
    mayFail: true,
  };
  return [ours, theirs];
}

/** Rows from series by contender; where there was no cosmovisor to compare with, its row says so by dashes. */
export function rowsOf<Home>(
  contenders: readonly Contender<Home>[],
  seriesOf: (contender: Contender<Home>) => Pick<Row, 'samples' | 'note'>,
  cosmovisor: Cosmovisor | undefined,
): readonly Row[] {
  const rows = contenders.map((contender) => ({
    label: contender.label,
    role: contender.role,
    ...seriesOf(contender),
  }));
  return cosmovisor === undefined ? [...rows, { label: 'cosmovisor', samples: [], note: 'not given' }] : rows;
}
