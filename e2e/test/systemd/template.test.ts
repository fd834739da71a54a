import { makeFakeHome, waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import { machineRefused, paloma } from '../../src/machine/machine.ts';
import { palomaMachine } from '../../src/machine/paloma.ts';
import { giveTo } from '../../src/other-user.ts';
import { titled } from '../../src/titled.ts';

const refused = machineRefused();

it.skipIf(refused !== undefined)(
  titled('two chains live beside each other as instances of one template, each in its own home', refused),
  async (t) => {
    const machine = await palomaMachine(t);
    const { sh, show } = machine;
    await machine.install('--template');
    const gaia = await makeFakeHome({
      dir: machine.outside('/home/paloma'),
      daemon: 'gaiad',
      genesis: { profile: '0.50', version: 'v1' },
      chain: { blockTime: 100 },
    });
    const at = '/home/paloma/.gaia';
    await machine.writeNode('/opt/bin/gaiad', at, { profile: '0.50', version: 'v1' });
    await giveTo(paloma, gaia.home);
    await machine.asPaloma(
      `rm -r ${at}/cosmovisor; DAEMON_NAME=gaiad DAEMON_HOME=${at} chainvisor init /opt/bin/gaiad`,
    );
    const second = await sh(`DAEMON_NAME=gaiad DAEMON_HOME=${at} chainvisor systemd install --template`);
    expect(second).toMatchObject({ code: 0 });
    expect(await sh('systemctl start chainvisor@palomad chainvisor@gaiad')).toMatchObject({ code: 0 });
    await machine.executed(3);
    await waitFor('blocks of the second', async () => ((await gaia.status())?.appHeight ?? 0) >= 3, {
      timeout: 90_000,
    });
    for (const unit of ['chainvisor@palomad', 'chainvisor@gaiad']) {
      expect(await show(unit, 'User', 'UnitFileState', 'ProtectSystem')).toEqual({
        User: 'paloma',
        UnitFileState: 'enabled',
        ProtectSystem: 'strict',
      });
    }
    expect((await show('chainvisor@gaiad', 'ReadWritePaths'))['ReadWritePaths']).toBe(at);
    expect(await sh('systemctl stop chainvisor@palomad')).toMatchObject({ code: 0 });
    expect((await show('chainvisor@gaiad', 'ActiveState'))['ActiveState']).toBe('active');
    expect(await sh('systemctl stop chainvisor@gaiad')).toMatchObject({ code: 0 });
  },
);
