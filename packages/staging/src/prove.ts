import { checkBinary, matchesPlan, readVersion } from '@chainvisor/binary';
import { binaryIn, type Layout, libIn, upgradeDir } from '@chainvisor/layout';
import { StagingError } from './errors.js';

/** What the proof of a binary has found. */
export interface Proof {
  /** What `<daemon> version` said; undefined where it named none. */
  readonly version: string | undefined;
  /** What is worth a look but refuses nothing, for people. */
  readonly warnings: readonly string[];
}

export interface ProofOptions {
  /** The plan's name, which most chains give to the release too. */
  readonly plan: string;
  /** Whether a binary that tells another version is refused. */
  readonly requireVersion: boolean;
  /** How long `<daemon> version` may take, in milliseconds. */
  readonly versionTimeout: number;
  readonly signal?: AbortSignal;
  /** Where the throw-away HOME of that run is made. Default `/tmp`. */
  readonly tmpParent?: string;
}

/**
 * Proves that the binary in a directory, its libraries beside it, starts on this host, and is the plan's by its version.
 *
 * Throws StagingError `STAGING_WILL_NOT_RUN`, `STAGING_OTHER_VERSION`, BinaryError, and the signal's reason.
 */
export async function proveBinary(layout: Layout, dir: string, options: ProofOptions): Promise<Proof> {
  const binary = binaryIn(layout, dir);
  const findings = await checkBinary(binary, { libDir: libIn(dir) });
  if (findings.length > 0) {
    // The files lie where nobody finds them afterwards: a path of theirs is of no use to whoever reads this.
    const all = findings.map(({ message }) => message.replaceAll(`${dir}/`, '')).join('; ');
    const place = upgradeDir(layout, options.plan);
    const hint = findings[0]?.hint.includes(dir)
      ? `install it on this machine, or put the binary and its libraries in place by hand: ${binaryIn(layout, place)}, ${libIn(place)}`
      : findings[0]?.hint;
    throw new StagingError('STAGING_WILL_NOT_RUN', `${layout.daemon} will not run here: ${all}`, {
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const said = await readVersion(binary, {
    libDir: libIn(dir),
    timeout: options.versionTimeout,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.tmpParent === undefined ? {} : { tmpParent: options.tmpParent }),
  });
  options.signal?.throwIfAborted();
  if (!said.ok && said.reason !== 'no-version') {
    throw new StagingError('STAGING_WILL_NOT_RUN', `\`${layout.daemon} version\` fails: ${said.detail}`, {
      hint: 'the binary may be made for another system, or need a library that is not beside it',
    });
  }
  const version = said.ok && said.version !== '' ? said.version : undefined;
  if (version === undefined) return { version, warnings: [`${layout.daemon} names no version`] };
  const match = matchesPlan(version, options.plan);
  if (match === 'same') return { version, warnings: [] };
  const message =
    match === 'unknown'
      ? `${layout.daemon} says it is ${version}, which cannot be compared with ${options.plan}`
      : `${layout.daemon} says it is ${version}, the plan is ${options.plan}`;
  if (match === 'other' && options.requireVersion) {
    throw new StagingError('STAGING_OTHER_VERSION', message, {
      hint: 'check that the source names the release of this plan',
    });
  }
  return { version, warnings: [message] };
}
