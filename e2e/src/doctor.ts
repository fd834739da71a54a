import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { FakeHomeOptions } from '@chainvisor/testkit';
import type { TestContext } from 'vitest';

import { fakeRun, type FakeRun } from './fake-run.ts';
import { giveTo, nobody, nobodyRefused } from './other-user.ts';
import { program, runProgram } from './supervisor.ts';

/** One thing that the doctor has looked at. */
interface Check {
  readonly topic: string;
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly what: string;
  readonly why?: string;
  readonly do?: string;
  readonly where?: string;
}

/** What the doctor says. */
export interface Diagnosis {
  readonly code: number | undefined;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** The warnings and errors, as `error layout: what`. */
  readonly troubles: readonly string[];
  readonly stderr: string;
}

/** A set-up in which nothing is wrong. */
export interface Patient {
  readonly run: FakeRun;
  /** The unit's file. */
  readonly unit: string;
  /** The environment that the unit gives. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes the unit anew: `env` on top of its environment, `lines` at the end of its [Service], without its lines that begin with one of `without`. */
  readonly rewrite: (change: UnitChange) => Promise<void>;
  /** Asks the doctor, by the unit's file. */
  readonly diagnose: (args?: readonly string[]) => Promise<Diagnosis>;
}

interface UnitChange {
  readonly env?: Readonly<Record<string, string>>;
  readonly lines?: readonly string[];
  readonly without?: readonly string[];
}

/** The user that the unit runs as: nobody where we are root and may become him, as a node of root's is a finding. */
function unitUser(): string {
  return process.getuid?.() === 0 ? 'nobody' : userInfo().username;
}

/** Why there can be no healthy set-up here; undefined where there can. */
export function patientRefused(): string | undefined {
  return process.getuid?.() === 0 ? nobodyRefused() : undefined;
}

/** Makes it: a home of the unit's user with `current`, a staged upgrade v2, and a unit in a file. */
export async function patient(t: TestContext, options: Partial<FakeHomeOptions> = {}): Promise<Patient> {
  const run = await fakeRun(t, { profile: '0.50', chain: {}, ...options });
  await symlink('genesis', run.at('current'));
  await run.stage('v2');
  const { dir, home, daemon } = run.home;
  const unit = join(dir, 'units', 'palomad.service');
  const env = { DAEMON_NAME: daemon, DAEMON_HOME: home };
  const rewrite = (change: UnitChange) => writeFile(unit, unitText(home, env, change));
  await mkdir(join(dir, 'units'));
  await rewrite({});
  if (process.getuid?.() === 0) await giveTo(nobody, dir);
  return { run, unit, env, rewrite, diagnose: (args = []) => diagnose(['--unit', unit, ...args]) };
}

/** Runs the doctor with `-o json` and reads its answer. */
export async function diagnose(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file = program,
): Promise<Diagnosis> {
  const all = { PATH: process.env['PATH'] ?? '', ...env };
  const { code, stdout, stderr } = await runProgram(['doctor', ...args, '-o', 'json'], all, undefined, file);
  if (!stdout.startsWith('{')) throw new Error(`the doctor ended with ${code}:\n${stdout}${stderr}`);
  const { ok, checks } = JSON.parse(stdout) as Pick<Diagnosis, 'ok' | 'checks'>;
  return { code, ok, checks, troubles: troublesIn(checks), stderr };
}

function troublesIn(checks: readonly Check[]): string[] {
  return checks
    .filter(({ level }) => level === 'warning' || level === 'error')
    .map(({ level, topic, what }) => `${level} ${topic}: ${what}`);
}

function unitText(home: string, own: Readonly<Record<string, string>>, change: UnitChange): string {
  const { env = {}, lines = [], without = [] } = change;
  const usual = [
    `User=${unitUser()}`,
    ...Object.entries({ ...own, ...env }).map(([name, value]) => `Environment="${name}=${value}"`),
    `ExecStart=${process.execPath} ${program} run start --home ${home}`,
    'Type=exec',
    'KillMode=control-group',
    'TimeoutStopSec=300',
    'Restart=always',
    'RestartSec=30',
    'RestartPreventExitStatus=64 76 77 78',
    'SuccessExitStatus=130 143',
    'OOMPolicy=continue',
    'LimitNOFILE=65536',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
    'PrivateTmp=yes',
  ];
  const service = [...usual.filter((line) => !without.some((start) => line.startsWith(start))), ...lines];
  return `[Unit]
Description=Paloma
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=86400
StartLimitBurst=1000

[Service]
${service.join('\n')}

[Install]
WantedBy=multi-user.target
`;
}
