import { reasonOf } from '@chainvisor/report';
import { lastEntry, type Unit } from '@chainvisor/systemd';
import { commandLines, findServices, HostError, readService, type Service } from '@chainvisor/systemd-host';
import { basename } from 'node:path';
import { CliError } from '../errors.js';
import { argvOf } from '../systemd/exec.js';
import { supervisorLine } from './arguments.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A unit that starts a supervisor. */
export interface UnitFacts {
  readonly service: Service;
  /** The command that it starts, unquoted; empty where that cannot be read. */
  readonly exec: readonly string[];
  /** What its process gets from it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether there is more of that, in files that we may not read. */
  readonly isPartial: boolean;
  /** As `User=` and `Group=` have it. */
  readonly user: string | undefined;
  readonly group: string | undefined;
}

/** The unit that counts; where there is none, or it is one of several, `choice` says why. */
export interface ChosenUnit {
  readonly unit: UnitFacts | undefined;
  readonly choice: string | undefined;
}

/**
 * The unit that is named, by its name or by a file; else the one of this machine that starts chainvisor, on the home of the
 * environment where there are several. Throws HostError, and CliError `usage`, for a unit that was named and is not there.
 */
export function chooseUnit(word: string | undefined, env: Env): ChosenUnit {
  if (word !== undefined) return { unit: namedUnit(word), choice: undefined };
  const units = supervisingUnits().filter(({ exec }) => !isCosmovisor(exec));
  const home = env['DAEMON_HOME'];
  const own = home === undefined || home === '' ? units : units.filter((unit) => homeIn(unit) === home);
  const [unit] = own;
  const names = units.map(({ service }) => service.name).join(', ');
  if (unit === undefined) {
    const none =
      units.length === 0 ? 'no unit of this machine starts chainvisor' : `of ${names} none is for ${home ?? ''}`;
    return { unit: undefined, choice: none };
  }
  if (own.length === 1) return { unit, choice: undefined };
  return { unit: undefined, choice: `several units start chainvisor: ${names}; name one: --unit ${unit.service.name}` };
}

function namedUnit(word: string): UnitFacts {
  try {
    return factsOf(readService(word));
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'SYSTEMD_HOST_READ_FAILED') throw error;
    throw new CliError('disk', `the unit ${word} cannot be read`, {
      reason: reasonOf(error),
      hint: error.hint ?? 'name a unit of this machine, or a file that is one',
    });
  }
}

/** The units of this machine that start chainvisor or cosmovisor. Never throws. */
export function supervisingUnits(): readonly UnitFacts[] {
  try {
    const mentions = (exec: string): boolean => /chainvisor|cosmovisor|\/main\.js/.test(exec);
    return findServices({ mentions })
      .services.map(factsOf)
      .filter(({ exec }) => supervisorLine(exec) !== undefined);
  } catch {
    return [];
  }
}

/** Whether a command is cosmovisor's. */
export function isCosmovisor(argv: readonly string[]): boolean {
  return argv.slice(0, 2).some((word) => basename(word) === 'cosmovisor');
}

/** The home that a unit works on, where its environment says. */
export function homeIn({ environment }: UnitFacts): string | undefined {
  return environment['DAEMON_HOME'];
}

function factsOf(service: Service): UnitFacts {
  const { unit, environment } = service;
  return {
    service,
    exec: execOf(unit),
    environment: Object.fromEntries([...environment.variables].map(([name, { value }]) => [name, value])),
    isPartial: environment.unreadable.length > 0,
    user: settingOf(unit, 'User'),
    group: settingOf(unit, 'Group'),
  };
}

function execOf(unit: Unit): readonly string[] {
  const line = commandLines(unit).at(-1);
  return line === undefined ? [] : (argvOf(line) ?? []);
}

function settingOf(unit: Unit, key: string): string | undefined {
  return lastEntry(unit, 'Service', key)?.value || undefined;
}
