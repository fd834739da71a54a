import { startReleaseServer, tarArchive } from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { expect, it } from 'vitest';

import { machineRefused } from '../../src/machine/machine.ts';
import { palomaMachine } from '../../src/machine/paloma.ts';
import { titled } from '../../src/titled.ts';
import { waitFor } from '@chainvisor/testkit';
import { fileURLToPath } from 'node:url';

const refused = machineRefused();
const asset = 'paloma_Linux_x86_64.tar.gz';
const walk = fileURLToPath(new URL('../../walk/seed.sh', import.meta.url));

it.skipIf(refused !== undefined)(
  titled('the seed document from nothing to a passed upgrade, by our commands alone, under a real systemd', refused),
  async (t) => {
    const machine = await palomaMachine(t, { scheduleLead: 'start' });
    const { at, sh, home } = machine;
    const server = await startReleaseServer();
    t.onTestFinished(() => server.close());
    // What the chain's makers have published, built for this machine.
    await machine.release('v2.4.15', '/opt/made/palomad');
    const archive = await promisify(gzip)(
      tarArchive([{ path: 'palomad', content: await readFile(machine.outside('/opt/made/palomad')), mode: 0o755 }]),
    );
    const sum = createHash('sha256').update(archive).digest('hex');
    server.publish({
      repository: 'palomachain/paloma',
      tag: 'v2.4.15',
      assets: { [asset]: archive, 'checksums.txt': `${sum}  ${asset}\n` },
    });
    const releases = `${server.url}/palomachain/paloma/releases/download/{name}`;
    await writeFile(
      machine.outside('/opt/stager.toml'),
      `[template]\nurls = ["${releases}/${asset}"]\nchecksum = "file:${releases}/checksums.txt"\n`,
    );
    await copyFile(walk, machine.outside('/opt/seed.sh'));

    const walked = await sh('sh /opt/seed.sh');
    expect(walked).toMatchObject({ code: 0 });
    // `start` has waited for the node: it runs.
    const { pid = 0 } = (await home.events()).find(({ event }) => event === 'start') ?? {};
    expect(pid).toBeGreaterThan(0);
    expect(await machine.show('palomad', 'ActiveState', 'SubState', 'UnitFileState', 'User')).toEqual({
      ActiveState: 'active',
      SubState: 'running',
      UnitFileState: 'enabled',
      User: 'paloma',
    });

    // The chain decides on an upgrade; the stager's next run has its binary in place.
    const { appHeight } = await machine.executed(2);
    const height = appHeight + 200;
    await sh(`runuser -u paloma -- cp /opt/stager.toml ${at}/cosmovisor/stager.toml`);
    await home.schedule({ name: 'v2.4.15', height });
    await machine.executed(appHeight + 2);
    await sh('systemctl start palomad-stager.service');
    const staged = await sh(`${at}/cosmovisor/upgrades/v2.4.15/bin/palomad version`);
    expect(staged.stdout + staged.stderr).toContain('v2.4.15');
    expect((await home.status())?.appHeight).toBeLessThan(height);

    // And it is made, by nobody's hand, with a backup before it.
    await machine.executed(height + 2);
    const link = await sh(`readlink ${at}/cosmovisor/current; ls -d ${at}/data-backup-*`);
    expect(link.stdout).toMatch(/^upgrades\/v2\.4\.15\n.*\/data-backup-[\d-]+\n$/);
    await waitFor('the status of a verified upgrade', async () =>
      /v2\.4\.15|height/.test((await machine.show('palomad', 'StatusText'))['StatusText'] ?? ''),
    );
    expect((await sh('systemctl stop palomad')).code).toBe(0);
    expect(await machine.show('palomad', 'ActiveState', 'Result', 'NRestarts')).toEqual({
      ActiveState: 'inactive',
      Result: 'success',
      NRestarts: '0',
    });
  },
);
