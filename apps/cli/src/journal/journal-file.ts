import { reasonOf } from '@chainvisor/report';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const sync = promisify(fsync);

/** Lines that could not be written and are kept for a next try; older ones are given up. */
const mostWaiting = 1000;

type Trouble = (message: string, reason: string) => void;

/** The file of the journal, open for appending for as long as that is possible. */
export interface JournalFile {
  /** Resolves when the line, and every one before it, is on disk, or could not be written. Never rejects. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file, making its directory. A line that cannot be written waits for the next, which tries all of them: a disk
 * that was full may have room again. Where the file was removed under us, `all` lines are written anew. `onTrouble` is
 * told once an outage.
 */
export function createJournalFile(path: string, onTrouble: Trouble, all: () => readonly string[]): JournalFile {
  let fd: number | undefined;
  let told = false;
  let closed = false;
  let waiting: string[] = [];

  const giveUp = (error: unknown) => {
    if (fd !== undefined) closeQuietly(fd);
    fd = undefined;
    if (!told) {
      onTrouble('the journal cannot be written: going on by what is on disk, and trying again', reasonOf(error));
    }
    told = true;
  };
  const write = () => {
    try {
      if (fd !== undefined && isNotOurs(path, fd)) {
        closeQuietly(fd);
        fd = undefined;
        // Behind what somebody has put there, only what is new belongs.
        if (!existsSync(path)) waiting = [...all()];
      }
      fd ??= openForAppend(path);
      for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
        // Not writeSync: on a full disk that writes a part and says nothing.
        writeFileSync(fd, line);
        waiting.shift();
      }
      told = false;
    } catch (error) {
      waiting = waiting.slice(-mostWaiting);
      giveUp(error);
    }
  };
  // One write-out at a time, shared by all lines that came before it began: each costs a commit of the file system.
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  const writtenOut = (): Promise<void> => {
    next ??= running.then(() => {
      next = undefined;
      running = fd === undefined ? Promise.resolve() : sync(fd).catch(giveUp);
      return running;
    });
    return next;
  };
  write();
  return {
    append: (line) => {
      if (closed) return Promise.resolve();
      waiting.push(line);
      write();
      return fd === undefined ? Promise.resolve() : writtenOut();
    },
    close: async () => {
      if (closed) return;
      if (waiting.length > 0) write();
      closed = true;
      await writtenOut();
      if (fd !== undefined) closeQuietly(fd);
      fd = undefined;
    },
  };
}

/** Replaces the whole file, by rename; where that fails the old one stays as it is. */
export function rewriteJournal(path: string, lines: readonly string[], onTrouble: Trouble): void {
  const temporary = `${path}.new`;
  try {
    writeFileSync(temporary, lines.join(''), { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    onTrouble('the journal cannot be shortened', reasonOf(error));
  }
}

function openForAppend(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a+', 0o644);
  try {
    // A line that a crash or a full disk has torn must not swallow the next.
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeFileSync(fd, '\n');
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

/** Whether our descriptor's file is not the one at the path any more. */
function isNotOurs(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(fd);
  return there === undefined || there.ino !== ours.ino || there.dev !== ours.dev;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // What could not be written out was told already.
  }
}
