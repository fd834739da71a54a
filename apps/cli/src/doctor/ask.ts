import { fork } from 'node:child_process';
import { exitCodes } from '../exit-codes.js';
import { type Check, checker, type Topic, topics } from './check.js';
import type { Subject, Told } from './look.js';

/** The command by which a process of our own is asked to look. */
export const lookCommand = 'doctor-look';

/** What came of it. */
export interface Looked {
  readonly subject: Subject;
  /** In the order of the topics. */
  readonly checks: readonly Check[];
}

/** An error of the one who looked, as it is to be told. */
export interface LookFailed {
  readonly kind: 'failed';
  /** The text to print, and the code to end with. */
  readonly text: string;
  readonly exitCode: number;
}

/** Milliseconds for all of it. */
const longest = 56_000;

/**
 * Has another process look, and waits for it no longer than `longest`: one that a file system holds cannot even end, and
 * would hold us with it. What it has not said by then is an error: its own bounds in time are
 * shorter, and something holds it that will hold a node too. Resolves to the failure where it could not begin.
 */
export async function askToLook(args: readonly string[]): Promise<Looked | LookFailed> {
  const [, file = ''] = process.argv;
  // More threads than Node has by itself: each file that does not answer takes one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '32' };
  const child = fork(file, [lookCommand, ...args], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let subject: Subject = { unit: null, home: null, daemon: null };
  const said = new Map<Topic, readonly Check[]>();
  let timer: NodeJS.Timeout | undefined;
  const failed = await new Promise<LookFailed | undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), longest);
    child.once('error', (error) =>
      resolve({ kind: 'failed', text: `Error: ${error.message}`, exitCode: exitCodes.bug }),
    );
    // It waits to be ended by us.
    child.once('exit', (code, signal) => {
      const text = `Error: the process that looks has ended before it was done: ${signal ?? `exit code ${code}`}`;
      resolve({ kind: 'failed', text, exitCode: exitCodes.bug });
    });
    child.on('message', (message) => {
      const told = message as Told | LookFailed;
      if (told.kind === 'subject') subject = told.subject;
      else if (told.kind === 'checks') said.set(told.topic, told.checks);
      else resolve(told.kind === 'failed' ? told : undefined);
    });
  });
  clearTimeout(timer);
  child.removeAllListeners();
  child.kill('SIGKILL');
  if (child.connected) child.disconnect();
  child.unref();
  return failed ?? { subject, checks: topics.flatMap((topic) => said.get(topic) ?? [silent(topic)]) };
}

function silent(topic: Topic): Check {
  return checker(topic).error(`${topic} was not looked at in time`, {
    why: 'something did not answer, most often a file system that hangs',
    do: 'look at the kernel log (dmesg), and at what is mounted (findmnt)',
  });
}
