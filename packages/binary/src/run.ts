import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { killAll } from './members.js';

/** What to run, and within what. */
export interface RunRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A text in `env` that no other process has. */
  readonly mark: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** How it ended: by itself (`exit` or `signal`), or because it was ended. */
export interface Run {
  readonly ended:
    | { readonly by: 'exit'; readonly code: number }
    | { readonly by: 'signal'; readonly signal: string }
    | { readonly by: 'timeout' | 'aborted' | 'flood' }
    | { readonly by: 'not-started'; readonly detail: string };
  readonly stdout: string;
  readonly stderr: string;
}

/** `version --long` of a node with 300 dependencies is 40 KB. */
const MOST_OUTPUT = 1024 * 1024;
const DRAIN_TIME = 1_000;

/**
 * Runs a program in a session of its own, without standard input. It is killed with all that it started past its time, on
 * abort, and when it writes more than 1 MiB to a stream; what it leaves running when it ends by itself is killed too.
 *
 * @throws BinaryError BINARY_WILL_NOT_END, see {@link killAll}.
 */
export async function run(request: RunRequest): Promise<Run> {
  // Loaded here because most callers never run anything, and because loading it touches the standard streams.
  const { execa } = await import('execa');
  const child = execa(request.file, request.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: request.cwd,
    env: request.env,
    extendEnv: false,
    preferLocal: false,
    detached: true,
    // Only this function decides when it ends, as a whole.
    cleanup: false,
    forceKillAfterDelay: false,
    reject: false,
    buffer: false,
    verbose: 'none',
  });
  if (child.pid === undefined) {
    const { cause, shortMessage } = await child;
    const detail = cause instanceof Error ? cause.message : (shortMessage ?? 'no reason given');
    return { ended: { by: 'not-started', detail }, stdout: '', stderr: '' };
  }
  child.catch(() => undefined);

  const { promise, resolve } = Promise.withResolvers<Run['ended']>();
  const out = capture(child.stdout, () => resolve({ by: 'flood' }));
  const err = capture(child.stderr, () => resolve({ by: 'flood' }));
  child.nodeChildProcess.once('exit', (code, signal) =>
    resolve(signal === null ? { by: 'exit', code: code ?? 0 } : { by: 'signal', signal }),
  );
  const timer = setTimeout(() => resolve({ by: 'timeout' }), request.timeout);
  const onAbort = () => resolve({ by: 'aborted' });
  request.signal?.addEventListener('abort', onAbort, { once: true });
  if (request.signal?.aborted === true) onAbort();
  try {
    const ended = await promise;
    await killAll(child.pid, request.mark);
    // Somebody who cannot be found any more may keep the pipes open for ever.
    const enough = new AbortController();
    const drained = Promise.all([out.closed, err.closed]);
    await Promise.race([drained, pause(DRAIN_TIME, undefined, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
    return { ended, stdout: out.text(), stderr: err.text() };
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Reads a stream to its end and keeps its beginning; the rest is read and dropped, so that the writer never waits for us. */
function capture(stream: Readable, onFlood: () => void): { readonly closed: Promise<void>; text(): string } {
  const chunks: Buffer[] = [];
  let kept = 0;
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, MOST_OUTPUT - kept);
    kept += part.length;
    if (part.length > 0) chunks.push(part);
    if (part.length < chunk.length) onFlood();
  });
  // A stream that breaks has ended: what it said until then is what there is.
  stream.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  return { closed, text: () => Buffer.concat(chunks).toString('utf8') };
}
