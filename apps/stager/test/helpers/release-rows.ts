import type { ReleaseSample } from './releases.ts';

/** A release in short: what is right first, then what else it has. */
export type Row = readonly [
  daemon: string,
  repository: string,
  tag: string,
  right: string | readonly string[],
  others: readonly string[],
  platform?: string,
];

/** The release of a row, for linux/amd64 where it says nothing else. */
export function sampleOf([daemon, repository, tag, right, others, platform = 'linux/amd64']: Row): ReleaseSample {
  return {
    chain: `${daemon} ${tag}`,
    daemon,
    repository,
    tag,
    platform,
    right,
    assets: [...[right].flat(), ...others].sort(),
  };
}
