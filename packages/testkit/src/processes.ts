import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { procStat } from './proc-stat.ts';

/** A live process. */
export interface ProcessUnder {
  readonly pid: number;
  readonly ppid: number;
  /** The state letter of proc(5). */
  readonly state: string;
  readonly exe: string;
  readonly cmdline: readonly string[];
}

const HOME_VARIABLES = /^(?:HOME|DAEMON_HOME|\w+_HOME|FAKE_NODE_HOME)=/;

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Whether `text` names `path` or something below it, also inside `--home=<path>`. */
function names(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const next = text[at + path.length];
    if (next === undefined || next === '/' || next === ' ' || next === ':') return true;
  }
  return false;
}

/**
 * Live processes (zombies do not count, nor does the caller) of which the command line, the executable, the working directory or a
 * home variable (`HOME`, `DAEMON_HOME`, `*_HOME`) names `path` or something under it. Linux only; other users' processes only by command line.
 */
export function processesUnder(path: string): Promise<ProcessUnder[]> {
  const found: ProcessUnder[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const read = (file: string): string[] =>
      attempt(() => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean), []);
    const cmdline = read('cmdline');
    const exe = attempt(() => readlinkSync(`/proc/${pid}/exe`), '');
    const cwd = attempt(() => readlinkSync(`/proc/${pid}/cwd`), '');
    const homes = read('environ').filter((variable) => HOME_VARIABLES.test(variable));
    if (![...cmdline, exe, cwd, ...homes].some((text) => names(text, path))) continue;
    const stat = procStat(pid);
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') continue;
    found.push({ pid, ppid: stat.ppid, state: stat.state, exe, cmdline });
  }
  return Promise.resolve(found);
}
