import { build } from 'esbuild';
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp.js';

/** Bundles TypeScript that imports from `../src/` as the published program is bundled; its path. */
export async function bundleChild(contents: string): Promise<string> {
  const dir = await tempDir();
  await chmod(dir, 0o755);
  const outfile = join(dir, 'child.mjs');
  await bundle(contents, outfile);
  return outfile;
}

/** The same, to a path of the caller's. */
export async function bundle(contents: string, outfile: string): Promise<void> {
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'silent',
  });
}

/** Starts a program and kills it, should it still live, when the test is over. */
export function startChild(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(file, args, options);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What a program did from its start to its end. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function runChild(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<ChildEnd> {
  return endOf(startChild(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
}

/** Resolves when a child has ended and all it wrote is read. */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A user that may write nothing of ours: tests often run as root, to whom no permission bit applies. */
export function nobody(): SpawnOptions {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}
