import { type FakeChain, type FakeHome, type FakeStatus, makeFakeHome, waitFor } from '@chainvisor/testkit';
import { rm } from 'node:fs/promises';
import type { TestContext } from 'vitest';

import { giveTo } from '../other-user.ts';
import { bootMachine, type Machine, paloma } from './machine.ts';

/** A machine on which paloma has a synced node, and nothing of cosmovisor's. */
export interface PalomaMachine extends Machine {
  readonly home: FakeHome;
  /** The home as the machine names it. */
  readonly at: string;
  /** Writes the release of the daemon that makes the upgrade of that name at a path of the machine; paloma's. */
  readonly release: (name: string, path: string) => Promise<void>;
  /** `init`, and `systemd install` with these arguments: everything but the start. Rejects where one of them fails. */
  readonly install: (args?: string) => Promise<void>;
  /** Runs a shell script as that user. Rejects where it fails. */
  readonly asPaloma: (script: string) => Promise<void>;
  /** Lines in a drop-in of the unit `palomad`. */
  readonly dropIn: (...lines: readonly string[]) => Promise<void>;
  /** Resolves once the application has executed this height. */
  readonly executed: (height: number) => Promise<FakeStatus>;
}

/** The release that is installed. */
const first = 'v1';

/** Boots it, with release v1 at /opt/bin/palomad; the chain stands still until somebody starts the node. */
export async function palomaMachine(t: TestContext, chain: Partial<FakeChain> = {}): Promise<PalomaMachine> {
  const machine = await bootMachine(t);
  const home = await makeFakeHome({
    dir: machine.outside('/home/paloma'),
    daemon: 'palomad',
    genesis: { profile: '0.50', version: first },
    chain: { blockTime: 100, ...chain },
  });
  await rm(`${home.home}/cosmovisor`, { recursive: true });
  const at = '/home/paloma/.paloma';
  const write = (name: string, path: string) =>
    machine.writeNode(path, at, { profile: '0.50', version: name, handlers: name === first ? [] : [name] });
  await write(first, '/opt/bin/palomad');
  await giveTo(paloma, home.dir);
  const done = async (script: string) => {
    const { code, stdout, stderr } = await machine.sh(`export DAEMON_NAME=palomad DAEMON_HOME=${at}\n${script}`);
    if (code !== 0) throw new Error(`ended with ${code}: ${script}\n${stdout}${stderr}`);
  };
  return {
    ...machine,
    install: async (args = '') => {
      await done('runuser -u paloma -- chainvisor init /opt/bin/palomad');
      await done(`chainvisor systemd install ${args}`);
    },
    asPaloma: (script) => done(`runuser -u paloma -- sh -ec ${JSON.stringify(script)}`),
    dropIn: (...lines) => {
      const dir = '/etc/systemd/system/palomad.service.d';
      const text = ['[Service]', ...lines].join('\n');
      return done(`mkdir -p ${dir}; cat >${dir}/test.conf <<'END'\n${text}\nEND\nsystemctl daemon-reload`);
    },
    home,
    at,
    release: async (name, path) => {
      await write(name, path);
      await giveTo(paloma, home.dir);
    },
    executed: (height) =>
      waitFor(
        `height ${height}`,
        async () => {
          const status = await home.status();
          return status !== undefined && status.appHeight >= height ? status : undefined;
        },
        { timeout: 90_000 },
      ),
  };
}
