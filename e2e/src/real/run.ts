import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { onTestFinished } from 'vitest';

import { startSupervisor, type Supervisor } from '../supervisor.ts';
import type { TestchainBinaries } from './build.ts';
import type { RealHome, RealHomeOptions } from './home.ts';
import type { RealSuite } from './suite.ts';

/** A home of a real node and the built supervisors that run it, with the environment of the seed document. */
export interface RealRun {
  readonly home: RealHome;
  /** Starts the supervisor, of `file` where it is not the published one, with `run start --home <home>`; `env` on top of the seed document's. */
  readonly start: (env?: Readonly<Record<string, string>>, file?: string) => Supervisor;
  /** Stages `upgrades/<name>/bin/<daemon>` with the release of that name. */
  readonly stage: (name: keyof TestchainBinaries) => Promise<string>;
  /** A path under `<home>/cosmovisor`. */
  readonly at: (...parts: readonly string[]) => string;
}

/** Makes a home that is removed when the test is over. Where the test fails, what supervisors and nodes have said is printed. */
export async function realRun(
  suite: RealSuite,
  options: Omit<RealHomeOptions, 'line' | 'binaries'> = {},
): Promise<RealRun> {
  const home = await suite.home(options);
  const supervisors: Supervisor[] = [];
  onTestFinished(({ task }) => {
    if (task.result?.state !== 'fail') return;
    const said = supervisors.map((each, index) => `--- supervisor ${index + 1}\n${each.log()}\n${briefly(each)}`);
    console.log([`=== ${task.name}`, ...said].join('\n'));
  });
  return {
    home,
    start(env = {}, file) {
      const supervisor = startSupervisor(['run', 'start', ...home.args], home.env(env), undefined, file);
      supervisors.push(supervisor);
      return supervisor;
    },
    stage: (name) => home.stage(name, suite.binaries()[name]),
    at: (...parts) => join(home.path, 'cosmovisor', ...parts),
  };
}

/** What the nodes of a supervisor have written to stdout, without its colours. */
export function nodeLog(supervisor: Supervisor): string {
  return stripVTControlCharacters(supervisor.output());
}

/** The file of a plan, as nodes of both SDK lines write it. */
export function infoFile(name: string, height: number, info?: string): string {
  const said = info === undefined ? '' : `,"info":${JSON.stringify(info).replaceAll('&', '\\u0026')}`;
  return `{"name":"${name}","time":"0001-01-01T00:00:00Z","height":${height}${said}}`;
}

function briefly(supervisor: Supervisor): string {
  return nodeLog(supervisor)
    .split('\n')
    .filter((line) => /ERR|UPGRADE|upgrade|panic|Replay|executed block|caught|Closing application/u.test(line))
    .map((line) => line.slice(0, 240))
    .join('\n');
}
