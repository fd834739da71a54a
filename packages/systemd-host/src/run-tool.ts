import { execFile } from 'node:child_process';
import { errno, HostError, reasonOf } from './errors.js';
import { findProgram, searchPath } from './programs.js';

/** How a program ended, and what it said. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds; a `daemon-reload` of a large machine takes seconds. */
const TIMEOUT = 90_000;

/**
 * Runs a program of the system to its end, without a terminal and in the C locale. Any exit code is a result.
 *
 * @throws HostError `SYSTEMD_HOST_TOOL_MISSING`, and `SYSTEMD_HOST_TOOL_FAILED` for one that had to be killed
 */
export function runTool(name: string, args: readonly string[], path?: string): Promise<ToolResult> {
  const file = findProgram(name, path);
  if (file === undefined) {
    const hint = name === 'getent' ? 'name the user by --user' : 'install systemd, or do this by hand';
    return Promise.reject(new HostError('SYSTEMD_HOST_TOOL_MISSING', `${name} is not there`, { hint }));
  }
  const env = { PATH: searchPath(path).join(':'), LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' };
  return new Promise((resolve, reject) => {
    const options = { env, timeout: TIMEOUT, killSignal: 'SIGKILL', cwd: '/', encoding: 'utf8' } as const;
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') {
        resolve({ code, stdout, stderr });
        return;
      }
      const why = error?.killed === true ? `it did not end within ${TIMEOUT / 1000} s` : reasonOf(error);
      const what = `${[name, ...args].join(' ')} failed: ${why}`;
      reject(new HostError('SYSTEMD_HOST_TOOL_FAILED', what, { cause: error }));
    });
    child.stdin?.on('error', (error) => {
      // It may end before its input is closed.
      if (errno(error) !== 'EPIPE') child.kill('SIGKILL');
    });
    child.stdin?.end();
  });
}
