import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';

/** What a reader must know of the machine to weigh the figures, as Markdown lines. */
export function machineFacts(versions: Readonly<Record<string, string>>): readonly string[] {
  const facts = {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} processors usable`,
    kernel: `${process.platform} ${release()} ${process.arch}`,
    'temporary directory': `${tmpdir()} on ${fileSystemOf(tmpdir())}`,
    Node: process.version,
    ...versions,
  };
  return Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`);
}

/** The load average of the last minute. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}

/** The type of the file system that a path lies on: the mount with the longest path above it. */
function fileSystemOf(path: string): string {
  let found = { point: '', type: 'unknown' };
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, point = '', type = ''] = line.split(' ');
    const isAbove = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (isAbove && point.length >= found.point.length && point !== '') found = { point, type };
  }
  return found.type;
}
