import { homeOf } from '@chainvisor/chain';
import type { Unit } from '@chainvisor/systemd';
import { commandLines, findServices, type Service } from '@chainvisor/systemd-host';
import { basename } from 'node:path';
import { realOf } from '../real-of.js';
import { argvOf, isSupervisor } from './exec.js';

/** What is looked for. */
export interface RivalOptions {
  readonly home: string;
  /** The file name of the binary. */
  readonly daemon: string;
  /** The unit that may run there. */
  readonly unit: string;
  readonly root: string | undefined;
}

/** Units besides ours that run a node on the same home, and those that may, as they cannot be read. */
export interface Rivals {
  readonly services: readonly Service[];
  readonly unreadable: readonly string[];
}

/**
 * Looks for other units that run chainvisor, cosmovisor or the bare daemon on this home.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED`.
 */
export async function findRivals({ home, daemon, unit, root }: RivalOptions): Promise<Rivals> {
  const { services, unreadable } = findServices({ root, mentions: (exec) => runsNode(exec, daemon) });
  const real = await realOf(home);
  const looked = await Promise.all(
    services.map(async (service) => ({ service, real: await realOf(homeOfService(service) ?? '') })),
  );
  return {
    services: looked.filter((one) => one.service.name !== unit && one.real === real).map(({ service }) => service),
    unreadable: unreadable.map(({ name, reason }) => `${name}: ${reason}`),
  };
}

/** Whether a command line runs a supervisor, ours as we write it or another's, or the daemon by itself. */
export function runsNode(exec: string, daemon: string): boolean {
  const words = wordsOf(exec);
  return words.some((word, index) => isSupervisor(word, words[index + 1]) || basename(word) === daemon);
}

/** The home that a service runs on, by its environment or by the flag of the node; undefined where nothing tells. */
export function homeOfService(service: Service): string | undefined {
  const variable = service.environment.variables.get('DAEMON_HOME')?.value ?? '';
  const [home] = argvsOf(service.unit).map((argv) => homeOf(argv, ''));
  return variable || home || undefined;
}

/** The command lines that start a service, as words; one that systemd cannot read as what stands between its spaces. */
export function argvsOf(unit: Unit): readonly (readonly string[])[] {
  return commandLines(unit).map(wordsOf);
}

function wordsOf(exec: string): readonly string[] {
  return argvOf(exec) ?? exec.split(/\s+/);
}
