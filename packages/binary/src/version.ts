import { basename, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { BinaryError } from './errors.js';
import { checkExecutable } from './executable.js';
import { libraryDirectories, type LibraryOptions } from './library-path.js';
import { findLoaderComplaint } from './loader-message.js';
import { type Run, run } from './run.js';
import { makeSandbox, type Sandbox } from './sandbox.js';
import { parseLongVersion, parseShortVersion, type VersionFacts } from './version-output.js';

export interface VersionOptions extends LibraryOptions {
  /** Milliseconds for all of it, 1 to 2147483647; real nodes answer within a second. */
  readonly timeout: number;
  /** Ends it early, as `aborted`. */
  readonly signal?: AbortSignal;
  /** Where the throw-away directories are made. Default `/tmp`. */
  readonly tmpParent?: string;
}

/** - `not-runnable`: the kernel would not start it, or did not; `detail` says why
 *  - `missing-library`, `unusable-library`, `glibc-too-old`: so its dynamic loader says
 *  - `failed`: it ended with an error, or by a signal
 *  - `no-version`: it ended well and named none
 *  - `too-much-output`: more than 1 MiB on one stream */
export type VersionFailure =
  | 'not-runnable'
  | 'missing-library'
  | 'unusable-library'
  | 'glibc-too-old'
  | 'failed'
  | 'no-version'
  | 'too-much-output'
  | 'timeout'
  | 'aborted';

/** `detail` is one sentence for people; `output` what the program wrote, stderr first, at most 4096 characters, plain text. */
export type VersionReading =
  | ({ readonly ok: true } & VersionFacts)
  | { readonly ok: false; readonly reason: VersionFailure; readonly detail: string; readonly output: string };

/** Whatever the caller's environment is, the program sees the same. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MOST_SHOWN = 4096;
const LONGEST_TIMEOUT = 2_147_483_647;

/**
 * Asks a program for its version by running it: `version --long --output json`, and `version` where that tells none. An old
 * SDK writes it to stderr, so that is read where stdout says nothing.
 *
 * The program gets PATH, LANG, HOME and TMPDIR, both new and empty and removed afterwards, and LD_LIBRARY_PATH where there is
 * something to put in; its working directory is that HOME; standard input is empty. At the end of the time limit, on abort and
 * when it ends by itself, whatever it started is killed; only what left its session, its directories and its environment is not found.
 *
 * Loads execa, which touches the standard streams: not for a process that shares them with a running node.
 *
 * @throws BinaryError BINARY_TIME_INVALID, BINARY_SANDBOX_FAILED, BINARY_WILL_NOT_END.
 */
export async function readVersion(path: string, options: VersionOptions): Promise<VersionReading> {
  const { timeout, signal } = options;
  if (!(timeout >= 1 && timeout <= LONGEST_TIMEOUT)) {
    throw new BinaryError(
      'BINARY_TIME_INVALID',
      `timeout must be 1 to ${LONGEST_TIMEOUT} milliseconds, not ${timeout}`,
      'give the time limit in milliseconds',
    );
  }
  if (signal?.aborted === true) return failure('aborted', 'it was not started: aborted before');
  const file = resolve(path);
  // The C library would hand a file that is no program to /bin/sh.
  const runnable = await checkExecutable(file);
  if (!runnable.ok) return failure('not-runnable', runnable.detail);

  const deadline = performance.now() + timeout;
  const sandbox = await makeSandbox(options.tmpParent ?? '/tmp');
  try {
    const ask = (args: readonly string[]): Promise<Run> => {
      const left = Math.max(1, Math.ceil(deadline - performance.now()));
      const env = environment(sandbox, options);
      return run({ file, args, cwd: sandbox.home, env, mark: sandbox.directory, timeout: left, signal });
    };
    const long = await ask(['version', '--long', '--output', 'json']);
    const facts = succeeded(long) ? (parseLongVersion(long.stdout) ?? parseLongVersion(long.stderr)) : undefined;
    if (facts !== undefined) return { ok: true, ...facts };
    const hopeless = hopelessness(long, timeout);
    if (hopeless !== undefined) return hopeless;

    const short = await ask(['version']);
    if (!succeeded(short)) return hopelessness(short, timeout) ?? failed(short, basename(file));
    const version = parseShortVersion(short.stdout) ?? parseShortVersion(short.stderr);
    return version === undefined
      ? failure('no-version', `\`${basename(file)} version\` names no version`, short)
      : { ok: true, version };
  } finally {
    await sandbox.remove();
  }
}

function environment(sandbox: Sandbox, options: LibraryOptions): Readonly<Record<string, string>> {
  const libraries = libraryDirectories(options).join(':');
  const plain = { PATH, LANG: 'C.UTF-8', HOME: sandbox.home, TMPDIR: sandbox.tmp };
  return libraries === '' ? plain : { ...plain, LD_LIBRARY_PATH: libraries };
}

const succeeded = ({ ended }: Run): boolean => ended.by === 'exit' && ended.code === 0;

/** What a second question with fewer flags would not change. */
function hopelessness(run: Run, timeout: number): VersionReading | undefined {
  switch (run.ended.by) {
    case 'timeout':
      return failure('timeout', `it gave no answer within ${timeout} ms and was killed`, run);
    case 'aborted':
      return failure('aborted', 'it was killed: aborted', run);
    case 'flood':
      return failure('too-much-output', 'it wrote more than 1 MiB and was killed', run);
    case 'not-started':
      return failure('not-runnable', run.ended.detail, run);
    case 'exit': {
      const complaint = run.ended.code === 0 ? undefined : findLoaderComplaint(run.stderr);
      return complaint === undefined ? undefined : failure(complaint.reason, complaint.detail, run);
    }
    case 'signal':
      return undefined;
  }
}

function failed(run: Run, name: string): VersionReading {
  const how =
    run.ended.by === 'exit'
      ? `with code ${run.ended.code}`
      : `by ${run.ended.by === 'signal' ? run.ended.signal : run.ended.by}`;
  return failure('failed', `\`${name} version\` ended ${how}`, run);
}

function failure(reason: VersionFailure, detail: string, run?: Run): VersionReading {
  const output = [run?.stderr, run?.stdout].flatMap((text) => text?.trim().slice(0, MOST_SHOWN) || []).join('\n');
  return { ok: false, reason, detail: plain(detail), output: plain(output.slice(0, MOST_SHOWN)) };
}

/** Without what would steer a terminal, or break a log line by line ends of another kind. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '\ufffd')
    .trim();
}
