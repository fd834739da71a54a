import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FakeBinary } from '../fake-types.ts';
import { Panic } from './endings.ts';

/** Which executable this process is. */
export interface Identity {
  readonly binary: FakeBinary;
  /** The profile as a number to compare: 45, 47, 50, 53. */
  readonly line: number;
  /** Base name of the executable with links resolved: what prefixes its environment variables. */
  readonly daemon: string;
  readonly path: string;
  readonly realPath: string;
}

declare global {
  var fakeBinary: FakeBinary;
}

export function identify(): Identity {
  const binary = globalThis.fakeBinary;
  const path = process.argv[1] ?? '';
  const realPath = realpathSync(path);
  return { binary, line: Number(binary.profile.slice(2)), daemon: basename(realPath), path, realPath };
}

/** A setting from the daemon's own environment: `PALOMAD_HALT_HEIGHT` for `halt-height` of `palomad`. */
export function fromEnvironment(daemon: string, key: string): string | undefined {
  const tail = key.replace(/[.-]/g, '_').toUpperCase();
  const prefix = daemon.replace(/[.-]/g, '_').toUpperCase();
  return process.env[`${prefix}_${tail}`] ?? process.env[`${daemon}_${tail}`];
}

/** @throws {Panic} without `HOME`, as a daemon does. */
export function homeOf(identity: Identity, flag: string | undefined): string {
  const set = flag ?? fromEnvironment(identity.daemon, 'home') ?? identity.binary.defaultHome;
  if (set !== undefined && set !== '') return set;
  if (process.env['HOME'] === undefined) throw new Panic('$HOME is not defined');
  return join(process.env['HOME'], `.${identity.daemon.replace(/d$/, '')}`);
}
