import { waitFor } from '@chainvisor/testkit';
import { describe, expect, it } from 'vitest';

import { machineRefused } from '../../src/machine/machine.ts';
import { type PalomaMachine, palomaMachine } from '../../src/machine/paloma.ts';
import { titled } from '../../src/titled.ts';

const refused = machineRefused();
const inMachine = it.skipIf(refused !== undefined);

/** Until when systemd has done what it does by itself. */
const patience = { timeout: 90_000 };

interface Check {
  readonly topic: string;
  readonly level: string;
  readonly what: string;
  readonly why?: string;
  readonly where?: string;
}

/** What the doctor says, as root or behind another command. */
async function diagnose({ sh }: PalomaMachine, lead = '') {
  const { code, stdout, stderr } = await sh(`${lead} chainvisor doctor -o json`);
  if (!stdout.startsWith('{')) throw new Error(`the doctor ended with ${code}:\n${stdout}${stderr}`);
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  // This machine lets nobody raise the limit of open files.
  const looked = checks.filter(({ topic }) => topic !== 'limits');
  const troubles = looked.filter(({ level }) => level === 'warning' || level === 'error');
  return {
    code,
    checks,
    said: looked.filter(({ topic }) => topic === 'unit').map(({ level, what }) => `${level}: ${what}`),
    troubles: troubles.map(({ level, topic, what }) => `${level} ${topic}: ${what}`),
  };
}

const unread = 'warning unit: the unit was changed since systemd has read it';

/** Lines in a drop-in of the unit, of which systemd is not told. */
const quietly = ({ sh }: PalomaMachine, name: string, ...lines: readonly string[]) =>
  sh(`
    mkdir -p /etc/systemd/system/palomad.service.d
    printf '%s\\n' '[Service]' ${lines.map((line) => `'${line}'`).join(' ')} >'/etc/systemd/system/palomad.service.d/${name}'`);

const activeState = async ({ show }: PalomaMachine) => (await show('palomad', 'ActiveState'))['ActiveState'];

describe('beside the unit that is installed, under a real systemd, the doctor', () => {
  inMachine(titled('finds nothing wrong, asked by root and by the user of the node', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    const before = await diagnose(machine);
    expect(before.troubles).toEqual([]);
    expect(before.said).toContain('note: palomad.service is inactive (dead)');
    await machine.sh('systemctl start palomad');
    await machine.executed(5);
    const byRoot = await diagnose(machine);
    expect(byRoot).toMatchObject({ code: 0, troubles: [] });
    expect(byRoot.said).toContain('ok: palomad.service is started at boot');
    expect(byRoot.said).toContain('ok: palomad.service is active (running)');
    expect(byRoot.checks.map(({ what }) => what).join('\n')).toMatch(
      /the supervisor that runs as process \d+ has these/,
    );
    // Without a message bus systemd hears root alone.
    const byUser = await diagnose(machine, 'runuser -u paloma --');
    expect(byUser).toMatchObject({ code: 0, troubles: [] });
    expect(byUser.said).toContain('note: systemd does not tell of palomad.service');
  });

  inMachine(titled('tells of what systemd has not read, the first drop-in of all included', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    await quietly(machine, 'first.conf', 'RestartSec=31');
    const first = await diagnose(machine);
    expect(first.troubles).toEqual([unread]);
    expect(first.checks.find(({ what }) => unread.endsWith(what))?.where).toMatch(/first\.conf$/);
    await machine.sh('systemctl daemon-reload');
    expect((await diagnose(machine)).troubles).toEqual([]);
    await quietly(machine, 'with space.conf', 'RestartSec=32');
    expect((await diagnose(machine)).troubles).toEqual([unread]);
    await machine.sh('systemctl daemon-reload');
    expect((await diagnose(machine)).troubles).toEqual([]);
    await machine.sh("rm '/etc/systemd/system/palomad.service.d/with space.conf'");
    expect((await diagnose(machine)).troubles).toEqual([unread]);
  });

  inMachine(
    titled('tells of settings that the unit got after the start, but not of the stager', refused),
    async (t) => {
      const machine = await palomaMachine(t);
      await machine.install();
      await machine.sh('systemctl start palomad');
      await machine.executed(2);
      const file = '/etc/chainvisor/palomad.env';
      await machine.sh(`echo CHAINVISOR_STAGER_TEMPLATE_URLS=https://user:hidden@example.com/ >>${file}`);
      expect((await diagnose(machine)).troubles).toEqual([]);
      await machine.sh(`echo DAEMON_RESTART_DELAY=7s >>${file}`);
      const { troubles, checks } = await diagnose(machine);
      expect(troubles).toEqual([
        expect.stringMatching(/^warning environment: the supervisor that runs as process \d+ has/),
      ]);
      expect(JSON.stringify(checks)).toContain('DAEMON_RESTART_DELAY: it has none, the next has \\"7s\\"');
      expect(JSON.stringify(checks)).not.toContain('hidden');
    },
  );

  inMachine(titled('tells of a unit that is not started at boot', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    await machine.sh('systemctl disable palomad');
    expect((await diagnose(machine)).troubles).toEqual([
      'warning unit: palomad.service is disabled: it is not started at boot',
    ]);
    await machine.sh('systemctl enable --runtime palomad');
    expect((await diagnose(machine)).troubles).toEqual([
      'warning unit: palomad.service is enabled until the next boot alone',
    ]);
  });

  inMachine(titled('tells of a unit that has failed', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    await machine.dropIn('Environment=DAEMON_POLL_INTERVAL=often');
    await machine.sh('systemctl start palomad');
    await waitFor('the unit to fail', async () => (await activeState(machine)) === 'failed', patience);
    const { code, troubles } = await diagnose(machine);
    expect(code).toBe(78);
    expect(troubles).toEqual([
      'error unit: palomad.service has failed, and systemd starts it no more',
      expect.stringMatching(/^error environment: DAEMON_POLL_INTERVAL = "often" in environment: /),
    ]);
  });

  inMachine(titled('tells a unit that has ended once from one that ends again and again', refused), async (t) => {
    const machine = await palomaMachine(t);
    await machine.install();
    const waits = async () => (await machine.show('palomad', 'SubState'))['SubState'] === 'auto-restart';
    await machine.dropIn('ExecStartPre=/bin/false', 'RestartSec=600');
    await machine.sh('systemctl start palomad');
    await waitFor('the end', waits, patience);
    expect((await diagnose(machine)).said).toContain('error: palomad.service has ended, and waits for its restart');
    await machine.sh('systemctl stop palomad');
    await machine.dropIn(
      'ExecStartPre=/bin/sh -c "test -e /home/once || sleep 1; touch /home/once; false"',
      'RestartSec=1',
    );
    await machine.sh('systemctl start palomad');
    const restarts = async () => Number((await machine.show('palomad', 'NRestarts'))['NRestarts']);
    await waitFor('a restart', async () => (await restarts()) > 0, patience);
    await machine.dropIn('ExecStartPre=/bin/false', 'RestartSec=600');
    await waitFor('the end', waits, patience);
    expect((await diagnose(machine)).said).toContain('error: palomad.service ends again and again');
  });
});
