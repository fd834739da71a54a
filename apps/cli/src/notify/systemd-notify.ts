import { type ChildProcess, execFile } from 'node:child_process';

/**
 * Sends one message. Rejects with why it may not have arrived; aborted, or past its time, what sends it is killed.
 */
export type Send = (assignments: readonly string[], signal: AbortSignal) => Promise<void>;

/**
 * Sends by systemd-notify, as Node has no datagram sockets. It runs in our session and control group, has none of our
 * streams and descriptors (of a lock neither), nothing of our environment but PATH, and is killed past `timeout`, in
 * milliseconds. Its own wait until systemd has looked at the message, for who sent it, is five seconds at most.
 */
export function sendBySystemdNotify(
  file: string,
  socket: string,
  { path, timeout }: { readonly path: string | undefined; readonly timeout: number },
): Send {
  const env = { NOTIFY_SOCKET: socket, ...(path === undefined ? {} : { PATH: path }) };
  return (assignments, signal) =>
    new Promise((resolve, reject) => {
      const options = { cwd: '/', env, timeout, killSignal: 'SIGKILL' } as const;
      const child = execFile(file, assignments, options, (error, _, stderr) => {
        signal.removeEventListener('abort', cutOff);
        if (error === null) resolve();
        else reject(new Error(reasonFor(error, stderr, timeout), { cause: error }));
      });
      const cutOff = () => {
        child.kill('SIGKILL');
        reject(new Error('it was cut off'));
      };
      // Not by execFile, which never takes its listener off where the program cannot be started: for months, as we try again.
      signal.addEventListener('abort', cutOff, { once: true });
      forget(child);
    });
}

/** An error of its streams that nobody listens to would be one of the supervisor. There are none where no descriptor was left. */
function forget({ stdin, stdio }: Partial<Pick<ChildProcess, 'stdin' | 'stdio'>>): void {
  for (const stream of stdio ?? []) stream?.on('error', () => undefined);
  stdin?.end();
}

function reasonFor(error: Error & { killed?: boolean; code?: unknown }, stderr: string, timeout: number): string {
  if (error.killed === true) return `it did not end within ${timeout}ms`;
  const [said = ''] = stderr.trim().split('\n');
  if (said !== '') return said;
  return typeof error.code === 'number' ? `it exited with code ${error.code}` : error.message;
}
