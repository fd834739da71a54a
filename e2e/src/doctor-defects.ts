import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import type { Patient } from './doctor.ts';
import { edit, handOver, linkCurrent, record, takePort } from './doctor-breaks.ts';
import { elfOfAnotherMachine } from './fake-elf.ts';

/** Something that is wrong with a set-up. */
interface Defect {
  readonly name: string;
  readonly make: (all: Patient, t: TestContext) => Promise<unknown>;
  /** What is told of it: a warning or an error each, and nothing else. */
  readonly told: readonly string[];
}

/** Each breaks one thing of a healthy set-up, and no other. */
export const defects: readonly Defect[] = [
  {
    name: 'a staged binary beside bin/',
    make: async ({ run }) => {
      await rename(run.at('upgrades/v2/bin/palomad'), run.at('upgrades/v2/palomad'));
    },
    told: ['warning layout: the binary of upgrades/v2 lies beside bin/'],
  },
  {
    name: 'a staged binary that is not executable',
    make: ({ run }) => chmod(run.at('upgrades/v2/bin/palomad'), 0o644),
    told: ['error layout: upgrades/v2 has no binary that can run'],
  },
  {
    name: 'a staged binary of another name',
    make: ({ run }) => rename(run.at('upgrades/v2/bin/palomad'), run.at('upgrades/v2/bin/palomad-v2')),
    told: ['error layout: upgrades/v2 has no binary that can run'],
  },
  {
    name: 'a directory of an upgrade in capitals',
    make: ({ run }) => rename(run.at('upgrades/v2'), run.at('upgrades/V2')),
    told: ['error layout: no plan leads to upgrades/V2: its upgrade would find no binary'],
  },
  {
    name: 'a staged binary of another machine',
    make: ({ run }) => writeFile(run.at('upgrades/v2/bin/palomad'), elfOfAnotherMachine()),
    told: ['error layout: upgrades/v2 has no binary that can run'],
  },
  {
    name: 'a staged binary of another version',
    make: async (all) => {
      await all.run.stage('v3', { version: 'v4' });
      await handOver(all);
    },
    told: ['warning binaries: the binary of upgrades/v3 says it is v4'],
  },
  {
    name: 'a staged binary that fails',
    make: ({ run }) => writeFile(run.at('upgrades/v2/bin/palomad'), '#!/bin/sh\nexit 2\n'),
    told: ['error binaries: `palomad version` of upgrades/v2 fails'],
  },
  {
    name: 'current pointing to nothing',
    make: (all) => linkCurrent(all, 'upgrades/v9'),
    told: ['error layout: current points to upgrades/v9, which is not there'],
  },
  {
    name: 'a directory called current',
    make: async (all) => {
      await rm(all.run.at('current'));
      await mkdir(all.run.at('current'));
      await handOver(all);
    },
    told: ['error layout: current is a directory, not a link'],
  },
  {
    name: 'current leading out of the home',
    make: async (all) => {
      await rename(all.run.at('genesis'), join(all.run.home.dir, 'elsewhere'));
      await linkCurrent(all, join(all.run.home.dir, 'elsewhere'));
    },
    told: ['warning layout: current leads out of the home'],
  },
  {
    name: 'a binary of current that is gone',
    make: ({ run }) => rm(run.home.genesisBinary),
    told: ['error layout: the binary of genesis cannot run'],
  },
  {
    name: 'a binary of current beside bin/',
    make: async ({ run }) => {
      await rename(run.home.genesisBinary, run.at('genesis/palomad'));
    },
    told: ['warning layout: the binary of current lies beside bin/'],
  },
  {
    name: 'an upgrade-info.json that is cut short',
    make: async (all) => {
      await writeFile(all.run.home.infoFile, '{"name":"v2","hei');
      await handOver(all);
    },
    told: ['error layout: upgrade-info.json cannot be read: most nodes panic at their start over it'],
  },
  {
    name: 'a journal with lines that nobody understands',
    make: async (all) => {
      await mkdir(all.run.at('.chainvisor'));
      await writeFile(all.run.at('.chainvisor/journal.jsonl'), 'x\n');
      await handOver(all);
    },
    told: ['warning layout: what is on record of this home is not whole: chainvisor goes by what is on disk'],
  },
  {
    name: 'a journal that is gone',
    make: async (all) => {
      await mkdir(all.run.at('.chainvisor'));
      await writeFile(all.run.at('.chainvisor/started.json'), '[]\n');
      await handOver(all);
    },
    told: ['warning layout: what is on record of this home is not whole: chainvisor goes by what is on disk'],
  },
  {
    name: 'a pipe that is called as the journal is',
    make: async (all) => {
      await mkdir(all.run.at('.chainvisor'));
      execFileSync('mkfifo', ['-m', '666', all.run.at('.chainvisor/journal.jsonl')]);
      await handOver(all);
    },
    told: ['warning layout: what is on record of this home is not whole: chainvisor goes by what is on disk'],
  },
  {
    name: 'data on a disk that is not mounted',
    make: async ({ run }) => {
      await rm(join(run.home.home, 'data'), { recursive: true });
      await symlink('/nonexistent/disk/data', join(run.home.home, 'data'));
    },
    told: ['error layout: the home is broken: a node cannot work with it'],
  },
  {
    name: 'data that is a file',
    make: async ({ run }) => {
      await rm(join(run.home.home, 'data'), { recursive: true });
      await writeFile(join(run.home.home, 'data'), '');
    },
    told: ['error layout: the home is broken: a node cannot work with it'],
  },
  {
    name: 'an unfinished restore',
    make: async (all) => {
      await writeFile(join(all.run.home.home, '.data.restore.json'), '{}');
      await handOver(all);
    },
    told: [
      'warning layout: a restore of a backup is under way, or was cut short',
      'warning update: wait with an update of chainvisor: a restore of a backup is under way, or was cut short',
    ],
  },
  {
    name: 'data that the user may not write to',
    make: async ({ run }, t) => {
      const data = join(run.home.home, 'data');
      t.onTestFinished(() => chmod(data, 0o700));
      await chmod(data, 0o500);
    },
    told: ['error layout: $USER may not write to the data'],
  },
  {
    name: 'client.toml asking another node',
    make: ({ run }) => edit(join(run.home.home, 'config/client.toml'), run.home.laddr, 'tcp://localhost:1'),
    told: ['warning ports: commands of palomad ask another node than this one'],
  },
  {
    name: 'client.toml of another chain',
    make: ({ run }) => edit(join(run.home.home, 'config/client.toml'), 'chain-id = ""', 'chain-id = "other-2"'),
    told: ['warning ports: commands of palomad are for another chain than this one'],
  },
  {
    name: 'a node without RPC',
    make: async ({ run }) => {
      await edit(join(run.home.home, 'config/config.toml'), `laddr = "${run.home.laddr}"`, 'laddr = ""');
    },
    told: ['warning ports: the node opens no RPC: chainvisor cannot ask it how high it is'],
  },
  {
    name: "somebody else on the node's RPC port",
    make: ({ run }, t) => takePort(t, run.home.rpcPort),
    told: ['error ports: the node is down, and its RPC address $LADDR is taken'],
  },
  {
    name: "somebody else on the node's gRPC port",
    make: async ({ run }, t) => {
      const port = await takePort(t, 0);
      await edit(
        join(run.home.home, 'config/app.toml'),
        /\[grpc\]\nenable = false/,
        `[grpc]\nenable = true\naddress = "localhost:${port}"`,
      );
    },
    told: ['warning ports: the node is down, and its gRPC address localhost:$PORT is taken'],
  },
  {
    name: 'a validator state older than on record',
    make: async (all) => {
      await mkdir(all.run.at('.chainvisor'));
      const text = record({ kind: 'validator', height: 50, round: 0, step: 3 });
      await appendFile(all.run.at('.chainvisor/journal.jsonl'), text);
      await handOver(all);
    },
    told: ['error validator: the validator state is older than what this validator has signed'],
  },
  {
    name: 'a validator state that is gone',
    make: ({ run }) => rm(join(run.home.home, 'data/priv_validator_state.json')),
    told: ['error validator: nothing says what the validator has signed last'],
  },
  {
    name: 'a setting that cannot be read',
    make: ({ rewrite }) => rewrite({ env: { DAEMON_POLL_INTERVAL: 'often' } }),
    told: ['error environment: DAEMON_POLL_INTERVAL = "often" in environment: '],
  },
  {
    name: 'a variable that nothing reads',
    make: ({ rewrite }) => rewrite({ env: { DAEMON_TYPO: '1' } }),
    told: ['warning environment: environment variable DAEMON_TYPO is not known and changes nothing'],
  },
  {
    name: 'a place for backups that is not there',
    make: ({ rewrite }) => rewrite({ env: { DAEMON_DATA_BACKUP_DIR: '/nonexistent/backups' } }),
    told: ['error environment: DAEMON_DATA_BACKUP_DIR = "/nonexistent/backups" in environment: it is not a directory'],
  },
  {
    name: 'an environment file that is not there',
    make: ({ rewrite }) => rewrite({ lines: ['EnvironmentFile=/nonexistent/palomad.env'] }),
    told: ['error unit: the environment file is not there'],
  },
  {
    name: 'a home that is not there',
    make: ({ rewrite }) =>
      rewrite({
        env: { DAEMON_HOME: '/nonexistent/home' },
        without: ['ExecStart'],
        lines: ['ExecStart=/usr/local/bin/chainvisor run start'],
      }),
    told: ['error layout: the home is not there'],
  },
  {
    name: 'a user who is not there',
    make: ({ rewrite }) => rewrite({ without: ['User'], lines: ['User=nonexistent-user'] }),
    told: ["error unit: the unit's user nonexistent-user is no user of this machine"],
  },
  {
    name: 'a mistake in the unit',
    make: ({ rewrite }) => rewrite({ lines: ['KillSignal=SIGINT'] }),
    told: ['warning unit: KillSignal=SIGINT'],
  },
  {
    name: "upgrades that were added by cosmovisor's add-upgrade",
    make: async (all) => {
      await writeFile(`${all.run.home.infoFile}.batch`, '[]');
      await handOver(all);
    },
    told: [
      'warning leftovers: upgrade-info.json.batch names upgrades that were added by hand: chainvisor does not read it',
    ],
  },
];
