import { rename } from 'node:fs/promises';
import { expect, it } from 'vitest';

import { bootMachine, machineRefused, paloma } from '../src/machine/machine.ts';
import { giveTo } from '../src/other-user.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { titled } from '../src/titled.ts';

const refused = machineRefused();
const at = '/home/paloma/.paloma';

describeRealNodes('a node in the unit that is installed, under a real systemd', (suite) => {
  it.skipIf(refused !== undefined)(titled('lives with its hardening through a whole upgrade', refused), async (t) => {
    const home = await suite.home({ plans: 'v2@8', daemon: 'palomad' });
    await home.stage('v2', suite.binaries().v2);
    const machine = await bootMachine(t);
    await rename(home.path, machine.outside(at));
    await giveTo(paloma, machine.outside('/home/paloma'));
    const settings = `DAEMON_NAME=palomad DAEMON_HOME=${at}`;
    const installed = await machine.sh(
      `${settings} chainvisor systemd install --env TESTCHAIN_PLANS=v2@8 -- start --home ${at}`,
    );
    expect(installed).toMatchObject({ code: 0 });
    expect(await machine.sh('systemctl start palomad')).toMatchObject({ code: 0 });
    await home.waitForHeight(10, 100_000);
    expect(await machine.log()).toMatch(/backed up .*strategy=link/);
    expect(await machine.sh('systemctl stop palomad')).toMatchObject({ code: 0 });
    expect(await machine.show('palomad', 'ActiveState', 'Result', 'NRestarts')).toEqual({
      ActiveState: 'inactive',
      Result: 'success',
      NRestarts: '0',
    });
    const log = await machine.log();
    expect(log.match(/Closing application\.db/g)).toHaveLength(2);
    expect(log).not.toMatch(/operation not permitted|read-only file system|permission denied/i);
  });
});
