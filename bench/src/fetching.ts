import { defaultLimits, type FetchBinaryOptions } from '@chainvisor/fetcher';
import { execa } from 'execa';
import { join } from 'node:path';
import { bareFetch } from './bare-node.ts';
import type { Contender } from './contenders.ts';
import type { Release } from './release.ts';

/** A way of fetching a release into an empty directory. */
export interface Fetching extends Contender<string> {
  /** Under the directory: what is there at the end, of at least the program's size; undefined where nothing is fetched. */
  readonly result: string | undefined;
  /** Said of its memory. */
  readonly memory?: string;
}

/**
 * `<url> <sha256> <directory>`: bash waits for a process of its substitution only where its number is kept, and only what
 * is waited for counts.
 */
const pipeline = `
set -euo pipefail
exec {hash}> >(sha256sum >"$3/sum")
hashing=$!
curl --silent --show-error --fail "$1" | tee "/dev/fd/$hash" | tar -xz -C "$3"
exec {hash}>&-
wait "$hashing"
read -r sum _ <"$3/sum"
[ "$sum" = "$2" ]
`;

/** What fetchBinary writes out too; by \`sync -f\` the floor would pay for all that others write. */
const synced = `${pipeline}sync "$3/palomad" "$3"\n`;

/** `<module> <options>`: nothing but the call. */
const callFetchBinary = `
const [module, options] = process.argv.slice(1);
const { fetchBinary } = await import(module);
await fetchBinary(JSON.parse(options));
`;

/** Who fetches it; `bash` is the path of the floor's. */
export function fetchersOf({ url, sha256 }: Release, bash: string): readonly Fetching[] {
  const byBash = (program: string) => (dir: string) => [bash, '-c', program, 'floor', url, sha256, dir];
  const optionsIn = (dir: string): FetchBinaryOptions => ({
    url,
    daemon: 'palomad',
    destination: join(dir, 'fetched'),
    checksum: `sha256:${sha256}`,
    requireChecksum: true,
    allowWeakChecksum: false,
    limits: defaultLimits,
    env: {},
    attempts: 1,
  });
  const ours = [process.execPath, '--input-type=module', '-e', callFetchBinary];
  const module = import.meta.resolve('@chainvisor/fetcher');
  return [
    {
      label: 'curl, tee, sha256sum, tar, sync',
      role: 'floor',
      command: byBash(synced),
      result: 'palomad',
      memory: 'the largest of its processes',
    },
    {
      label: 'the same without sync',
      command: byBash(pipeline),
      result: 'palomad',
      memory: 'the largest of its processes',
    },
    {
      label: 'bare Node',
      role: 'node',
      command: (dir) => [process.execPath, '-e', bareFetch, url, sha256, join(dir, 'release.tar')],
      result: 'release.tar',
    },
    { label: 'Node that does nothing', command: () => [process.execPath, '-e', ''], result: undefined },
    {
      label: 'fetchBinary',
      command: (dir) => [...ours, module, JSON.stringify(optionsIn(dir))],
      result: 'fetched/bin/palomad',
    },
  ];
}

/** The absolute path of bash. Throws where a program that the floor is made of is missing. */
export async function floorsBash(): Promise<string> {
  const programs = ['bash', 'curl', 'tee', 'sha256sum', 'tar', 'gzip', 'sync'];
  for (const program of programs) {
    const { failed } = await execa(program, ['--version'], { reject: false });
    if (failed) throw new Error(`${program} does not run: the floor is made of ${programs.join(', ')}`);
  }
  const { stdout } = await execa('bash', ['-c', 'type -P bash']);
  return stdout;
}
