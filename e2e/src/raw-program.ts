import { execFileSync, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { connect, createServer, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'vitest';

import { program, type SupervisorEnd } from './supervisor.ts';

/** The built program with whatever streams the test gives it. */
export interface RawProgram {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Resolves when the process is gone, whoever still holds its streams. */
  readonly ended: Promise<SupervisorEnd>;
}

/** Starts the program; it is killed after the test where it still lives. Nothing of the caller's environment is passed on. */
export function startRaw(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdio: StdioOptions,
  more: { readonly cwd?: string; readonly uid?: number; readonly gid?: number } = {},
): RawProgram {
  const child = spawn(process.execPath, [program, ...args], { env: { ...env }, stdio, ...more });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${program}`);
  const ended = once(child, 'exit').then(([code, signal]): SupervisorEnd => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  t.onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { process: child, pid, ended };
}

/** One end to read from, one that a program writes to; `given` tells that the program has it, so that its end is the end. */
export interface Outlet {
  readonly reader: Readable;
  readonly writer: number | Socket;
  readonly given: () => void;
}

/** A pipe as a shell makes it; what `spawn` calls one is a Unix socket. */
export function makePipe(path: string): Outlet {
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  return {
    reader: new Socket({ fd: reader, readable: true, writable: false }),
    writer,
    given: () => closeSync(writer),
  };
}

/** A connected Unix socket, as systemd-journald gives one to a service. */
export async function makeSocket(path: string): Promise<Outlet> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(path), 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const writer = connect(path);
  await once(writer, 'connect');
  const [reader] = await accepted;
  server.close();
  return { reader, writer, given: () => writer.destroy() };
}

/** Reads a stream to its end, a rest after each chunk: what is written to it waits most of the time. */
export async function readSlowly(stream: Readable, rest = 1): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    await sleep(rest);
  }
  return Buffer.concat(chunks);
}
