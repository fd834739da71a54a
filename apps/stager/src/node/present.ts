import { checkBinary, type Finding } from '@chainvisor/binary';
import { binaryIn, type Layout, libIn } from '@chainvisor/layout';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in the directory of an upgrade. */
export type Present =
  | { readonly state: 'absent' }
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
  const [inBin, beside] = [binaryIn(layout, dir), join(dir, layout.daemon)];
  const misplaced = !(await isThere(inBin)) && (await lstat(beside).catch(() => undefined))?.isFile() === true;
  const binary = misplaced ? beside : inBin;
  if (!misplaced && !(await isThere(binary))) return { state: 'absent' };
  const findings = await checkBinary(binary, { libDir: libIn(dir) });
  if (findings.length === 0) return { state: 'runs', binary, misplaced };
  const replaceable = !misplaced && findings.some(({ code }) => code === 'not-runnable' || code === 'libc-mismatch');
  return { state: 'broken', binary, findings, replaceable };
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
