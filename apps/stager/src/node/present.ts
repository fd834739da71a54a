import { errno, reasonOf } from '@chainvisor/report';
import { checkBinary, type Finding } from '@chainvisor/binary';
import { binaryIn, type Layout, libIn } from '@chainvisor/layout';
import { constants, type Stats } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { accessHint } from '../access.js';

/** What lies in the directory of an upgrade. */
export type Present =
  | { readonly state: 'absent' }
  /** What is there, if anything, this user may not see. */
  | { readonly state: 'unknown'; readonly finding: Pick<Finding, 'message' | 'hint'> }
  /** Nothing speaks against starting it here; `misplaced`: it lies beside `bin/`, from where the supervisor moves it. */
  | { readonly state: 'runs'; readonly binary: string; readonly misplaced: boolean }
  /** A binary would not start: the findings say why. `replaceable`: it is none, so another may take its place. */
  | {
      readonly state: 'broken';
      readonly binary: string;
      readonly findings: readonly Finding[];
      readonly replaceable: boolean;
    };

/** Looks at the binary of an upgrade without running it. */
export async function lookAt(layout: Layout, dir: string): Promise<Present> {
  try {
    return await look(layout, dir);
  } catch (error) {
    const code = errno(error);
    if (code === undefined) throw error;
    const isRefused = code === 'EACCES' || code === 'EPERM';
    const hint = isRefused ? accessHint(layout, dir) : 'see what is wrong with its file system';
    return { state: 'unknown', finding: { message: `${dir} cannot be looked into: ${reasonOf(error)}`, hint } };
  }
}

/** Throws what the system throws. */
async function look(layout: Layout, dir: string): Promise<Present> {
  const [inBin, beside] = [binaryIn(layout, dir), join(dir, layout.daemon)];
  const misplaced = !(await isThere(inBin)) && (await lookUp(beside))?.isFile() === true;
  const binary = misplaced ? beside : inBin;
  if (!misplaced && !(await isThere(binary))) return { state: 'absent' };
  // What this user may not read could well run: it must not make room.
  await access(binary, constants.R_OK).catch(refuseDenied);
  const findings = await checkBinary(binary, { libDir: libIn(dir) });
  if (findings.length === 0) return { state: 'runs', binary, misplaced };
  const replaceable = !misplaced && findings.some(({ code }) => code === 'not-runnable' || code === 'libc-mismatch');
  return { state: 'broken', binary, findings, replaceable };
}

async function isThere(path: string): Promise<boolean> {
  return (await lookUp(path)) !== undefined;
}

async function lookUp(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    throw error;
  });
}

function refuseDenied(error: unknown): void {
  if (errno(error) === 'EACCES' || errno(error) === 'EPERM') throw error;
}
