import { execaNode } from 'execa';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@chainvisor/testkit';

/** The built program, as it is published. */
export const program = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

/** The supervisor with fault points that break it where the environment says so: `FAULT_POINT`, `FAULT_LOG`. */
export const faultsProgram = fileURLToPath(new URL('../../apps/cli/dist/main.faults.js', import.meta.url));

/** The Node that runs it: this one, or another that it promises to run on. */
const nodePath = process.env['CHAINVISOR_E2E_NODE'] ?? process.execPath;

/** How a supervisor ended. */
export interface SupervisorEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running supervisor: what it has logged so far, and how to end it. */
export interface Supervisor {
  readonly pid: number;
  /** stderr so far: our lines and the node's. */
  log(): string;
  /** stdout so far: the node's. */
  output(): string;
  readonly ended: Promise<SupervisorEnd>;
  end(): SupervisorEnd | undefined;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and how it ended. */
  stop(): Promise<SupervisorEnd>;
  /** Resolves once a line of stderr matches. */
  saw(pattern: RegExp): Promise<string>;
}

/** Starts the built program, or the one of another file. Nothing of the caller's environment is passed on. */
export function startSupervisor(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
  file = program,
): Supervisor {
  if (!existsSync(file)) throw new Error(`${file} is not built: run \`pnpm build\` first`);
  const child = spawn(nodePath, [file, ...args], {
    env: { ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${file}`);
  let stdout = '';
  let stderr = '';
  let end: SupervisorEnd | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let closed = false;
  const ended = new Promise<SupervisorEnd>((resolve) => {
    // 'close', not 'exit': by then every line has been read, unless somebody was left behind with the pipe.
    child.once('exit', (code, signal) => {
      end = { code, signal };
      const overdue = setTimeout(() => resolve({ code, signal }), 5000);
      child.once('close', () => {
        clearTimeout(overdue);
        closed = true;
        resolve({ code, signal });
      });
    });
  });
  return {
    pid,
    log: () => stderr,
    output: () => stdout,
    ended,
    end: () => end,
    kill: (signal) => void child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    saw: async (pattern) => {
      // One that has ended says nothing more.
      const line = await waitFor(
        `a line like ${String(pattern)}`,
        () => stderr.split('\n').find((text) => pattern.test(text)) ?? (closed ? '' : undefined),
        { timeout: 60_000 },
      ).catch((error: unknown) => {
        throw new Error(`there is no line like ${String(pattern)} in the log:\n${stderr}`, { cause: error });
      });
      if (line === '')
        throw new Error(`the supervisor ended without a line like ${String(pattern)} in its log:\n${stderr}`);
      return line;
    },
  };
}

/** Runs the built program, or the one of another file, to its end and returns everything it printed. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
  file = program,
) {
  const result = await execaNode(file, args, {
    nodePath,
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { code: result.exitCode, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

/** What `current` of a home says, as text. */
export function currentOf(home: string): Promise<string> {
  return readlink(`${home}/cosmovisor/current`);
}

/** The records of the journal. */
export async function journalOf(home: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(`${home}/cosmovisor/.chainvisor/journal.jsonl`, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
