import { waitFor } from '@chainvisor/testkit';
import { describe, expect, it } from 'vitest';

import { machineRefused } from '../../src/machine/machine.ts';
import { type PalomaMachine, palomaMachine } from '../../src/machine/paloma.ts';
import { titled } from '../../src/titled.ts';

const refused = machineRefused();
const inMachine = it.skipIf(refused !== undefined);

/** Until when systemd has done what it does by itself. */
const patience = { timeout: 90_000 };

const started = async ({ home }: PalomaMachine) =>
  (await home.events()).filter(({ event }) => event === 'start').length;
const statusText = async ({ show }: PalomaMachine) => (await show('palomad', 'StatusText'))['StatusText'] ?? '';

describe('the unit that is installed, under a real systemd', () => {
  inMachine(titled('a start waits for the node, and the status tells its height', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    expect((await machine.sh('systemctl start palomad')).code).toBe(0);
    // Not before: READY comes when the node runs.
    expect((await machine.sh("pgrep -c -f 'bin/palomad star[t]'")).stdout).toBe('1\n');
    expect(await machine.show('palomad', 'ActiveState', 'Type', 'NotifyAccess')).toEqual({
      ActiveState: 'active',
      Type: 'notify',
      NotifyAccess: 'all',
    });
    await waitFor('a height in the status', async () => /\b\d+\b/.test(await statusText(machine)), patience);
  });

  inMachine(titled('a stop closes the databases and is a success', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    await machine.sh('systemctl start palomad');
    await machine.executed(2);
    expect((await machine.sh('systemctl stop palomad')).code).toBe(0);
    expect((await machine.home.events()).at(-1)).toMatchObject({ event: 'end', code: 0 });
    expect(await machine.show('palomad', 'ActiveState', 'Result')).toEqual({
      ActiveState: 'inactive',
      Result: 'success',
    });
  });

  inMachine(
    titled('killed at once, the supervisor comes back, and its node was ended politely', refused),
    async (t) => {
      const machine = await palomaMachine(t);
      await machine.install();
      await machine.dropIn('RestartSec=1');
      await machine.sh('systemctl start palomad');
      const { appHeight } = await machine.executed(2);
      await machine.sh('systemctl kill --kill-who=main -s KILL palomad');
      await waitFor('the second node', async () => (await started(machine)) === 2, patience);
      const ends = (await machine.home.events()).filter(({ event }) => event === 'end');
      expect(ends).toMatchObject([{ code: 0 }]);
      await machine.executed(appHeight + 3);
      expect((await machine.show('palomad', 'NRestarts'))['NRestarts']).toBe('1');
    },
  );

  inMachine(titled('what no restart mends is not restarted', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    await machine.dropIn('RestartSec=100ms', 'Environment=DAEMON_SHUTDOWN_GRACE=often', 'EnvironmentFile=');
    expect((await machine.sh('systemctl start palomad')).code).not.toBe(0);
    await waitFor(
      'the unit to fail',
      async () => (await machine.show('palomad', 'ActiveState'))['ActiveState'] === 'failed',
      patience,
    );
    expect(await machine.show('palomad', 'ExecMainStatus', 'NRestarts')).toEqual({
      ExecMainStatus: '78',
      NRestarts: '0',
    });
  });

  inMachine(titled('data on another path and backups on a third are still backed up by link', refused), async (t) => {
    const machine = await palomaMachine(t, { plans: [{ name: 'v2', height: 20 }] });
    const { at, sh } = machine;
    await sh(
      `mkdir -p /home/paloma/disk /home/paloma/backups; mv ${at}/data /home/paloma/disk/data; ln -s /home/paloma/disk/data ${at}/data`,
    );
    // A table that its database never changes: what is linked.
    await sh(
      `mkdir -p /home/paloma/disk/data/snapshots/1/1; echo chunk >/home/paloma/disk/data/snapshots/1/1/0; touch -d '1 day ago' /home/paloma/disk/data/snapshots/1/1/0`,
    );
    await sh('chown -R paloma:paloma /home/paloma');
    await machine.install('--env DAEMON_DATA_BACKUP_DIR=/home/paloma/backups');
    await machine.release('v2', `${at}/cosmovisor/upgrades/v2/bin/palomad`);
    await sh('systemctl start palomad');
    await machine.executed(22);
    const links = await sh('stat -c %h /home/paloma/backups/*/snapshots/1/1/0');
    expect(links.stdout).toBe('2\n');
    expect(await machine.log()).toMatch(/backed up .*strategy=link/);
  });

  inMachine(titled('an upgrade after which nothing is to be started leaves the unit stopped', refused), async (t) => {
    const machine = await palomaMachine(t, { plans: [{ name: 'v2', height: 5 }] });
    await machine.install('--env DAEMON_RESTART_AFTER_UPGRADE=false');
    await machine.dropIn('RestartSec=100ms');
    await machine.release('v2', `${machine.at}/cosmovisor/upgrades/v2/bin/palomad`);
    await machine.sh('systemctl start palomad');
    const state = async () => machine.show('palomad', 'ActiveState', 'Result', 'NRestarts');
    await waitFor('the end', async () => (await state())['ActiveState'] === 'inactive', patience);
    expect(await state()).toEqual({ ActiveState: 'inactive', Result: 'success', NRestarts: '0' });
    expect((await machine.sh(`readlink ${machine.at}/cosmovisor/current`)).stdout).toBe('upgrades/v2\n');
    expect(await started(machine)).toBe(1);
  });

  inMachine(titled('a start outlives its limit while an upgrade is made before the node runs', refused), async (t) => {
    const machine = await palomaMachine(t, { plans: [{ name: 'v2', height: 5 }] });
    await machine.install('--env DAEMON_RESTART_DELAY=20s');
    // Halted, with nobody to make the upgrade: the binary is missing.
    await machine.dropIn('Restart=no');
    await machine.sh('systemctl start palomad');
    await waitFor(
      'the halt',
      async () => (await machine.show('palomad', 'ActiveState'))['ActiveState'] === 'failed',
      patience,
    );
    await machine.release('v2', `${machine.at}/cosmovisor/upgrades/v2/bin/palomad`);
    await machine.dropIn('Restart=no', 'TimeoutStartSec=8');
    expect((await machine.sh('systemctl start palomad')).code).toBe(0);
    await machine.executed(6);
    expect(await machine.log()).toContain('waiting before the upgrade');
  });

  inMachine(
    titled('an upgrade before the node runs is a success that starts no node, where the operator wants it so', refused),
    async (t) => {
      const machine = await palomaMachine(t, { plans: [{ name: 'v2', height: 5 }] });
      await machine.install('--env DAEMON_RESTART_AFTER_UPGRADE=false');
      await machine.dropIn('RestartSec=1');
      await machine.sh('systemctl start palomad');
      await waitFor('the missing binary', async () => (await machine.log()).includes('cannot go on'), patience);
      await machine.release('v2', `${machine.at}/cosmovisor/upgrades/v2/bin/palomad`);
      await waitFor(
        'the end',
        async () => {
          const { ActiveState } = await machine.show('palomad', 'ActiveState');
          return ActiveState === 'inactive' || (await machine.log()).includes('/upgrades/v2/bin/palomad args=start');
        },
        patience,
      );
      expect(await machine.show('palomad', 'ActiveState', 'Result', 'StatusText')).toEqual({
        ActiveState: 'inactive',
        Result: 'success',
        StatusText: 'upgraded; not started, as DAEMON_RESTART_AFTER_UPGRADE=false',
      });
      expect(await started(machine)).toBe(1);
    },
  );

  inMachine(titled('a stop amid a migration outlives its limit', refused), async (t) => {
    const machine = await palomaMachine(t, { plans: [{ name: 'v2', height: 5 }], migration: { time: 25_000 } });
    await machine.install();
    await machine.dropIn('TimeoutStopSec=8');
    await machine.release('v2', `${machine.at}/cosmovisor/upgrades/v2/bin/palomad`);
    await machine.sh('systemctl start palomad');
    await waitFor(
      'the migration',
      async () => (await machine.home.events()).some(({ event }) => event === 'migrating'),
      patience,
    );
    expect((await machine.sh('systemctl stop palomad')).code).toBe(0);
    expect((await machine.home.events()).at(-1)).toMatchObject({ event: 'end' });
    expect((await machine.show('palomad', 'Result'))['Result']).toBe('success');
  });
});
