import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { describe, it, vi } from 'vitest';

import { writeConfig } from '../../src/stager-answers.ts';
import { stagerRun } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

describe.concurrent('settings of the stager', () => {
  it('are shown with their sources, addresses without what is secret', async (t) => {
    const all = await stagerRun(t);
    await writeConfig(
      all,
      `keep = 3\n[upgrades.v2]\nurl = "https://me:secret@h.example/p?token=hidden"\n[template]\nurls = ["https://me:secret@h.example/{name}"]\n`,
    );
    const { code, stdout } = await all.stager(['config', '--daemon', 'otherd']);
    t.expect(code).toBe(0);
    t.expect(stdout).toMatch(/^ {2}daemon_name = otherd +# --daemon$/m);
    t.expect(stdout).toMatch(/^ {2}daemon_home = .* # environment$/m);
    t.expect(stdout).toContain(`"${all.run.at('stager.toml')}" (key keep)`);
    t.expect(stdout).not.toMatch(/secret|hidden/);
    const data = JSON.parse((await all.stager(['config', '--output', 'json'])).stdout) as { settings: object };
    t.expect(data.settings).toMatchObject({
      keep: { value: '3', source: { from: 'file', key: 'keep' } },
      require_checksum: { value: 'true', source: { from: 'default' } },
      daemon_name: { value: 'palomad', source: { from: 'environment' } },
    });
  });

  it('that nobody knows end it before anything is done', async (t) => {
    const all = await stagerRun(t);
    await writeConfig(all, 'reqire_checksum = false\n');
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(78);
    t.expect(stderr).toContain('key "reqire_checksum" in ');
    t.expect(all.server.requests).toEqual([]);
    t.expect(await readdir(all.run.at())).not.toContain('.chainvisor');
  });
});

describe.concurrent('what is shown', () => {
  it('is as it was set, without passwords', async (t) => {
    const all = await stagerRun(t);
    const lines = (
      await all.stager(['config'], {
        CHAINVISOR_STAGER_RELEASE_API: 'https://git.example',
        CHAINVISOR_STAGER_TEMPLATE_URLS: 'https://h.example/{name}/a,https://me:SEKRIT@h.example/{name}/b',
        CHAINVISOR_STAGER_TEMPLATE_CHECKSUM: 'file:https://h.example/{name}/sums',
      })
    ).stdout;
    t.expect(lines).toMatch(/^ {2}release\.api = https:\/\/git\.example +#/m);
    t.expect(lines).toContain('template.urls = https://h.example/{name}/a,https://***@h.example/{name}/b ');
    t.expect(lines).toContain('template.checksum = file:https://h.example/{name}/sums ');
    t.expect(lines).not.toContain('SEKRIT');
  });

  it('of an RPC address has no password', async (t) => {
    const all = await stagerRun(t);
    for (const address of ['tcp://me:SEKRIT@127.0.0.1:1', 'me:SEKRIT@127.0.0.1:1']) {
      const { code, stdout, stderr } = await all.stager(['check', 'v2'], { CHAINVISOR_STAGER_RPC_ADDRESS: address });
      t.expect(code).toBe(75);
      t.expect(stdout).toContain('***@127.0.0.1:1: not host:port');
      t.expect(stdout + stderr).not.toContain('SEKRIT');
    }
  });

  it('of the version is the same for the command and the flag', async (t) => {
    const { stager } = await stagerRun(t);
    const version = await stager(['version']);
    t.expect(version.stdout).toMatch(/^chainvisor-stager \d+\.\d+\.\d+\S*\n$/);
    t.expect(await stager(['--version'])).toEqual(version);
  });

  it('by list of a `current` that is none is a warning', async (t) => {
    const { run, stager } = await stagerRun(t);
    const current = run.at('current');
    await symlink('current', current);
    t.expect((await stager(['list'])).stdout).toContain(
      `warning: ${current} leads to "current", where no directory is\n`,
    );
    await rm(current);
    await mkdir(current);
    t.expect((await stager(['list'])).stdout).toContain(
      `warning: ${current} is a directory, where a link to what runs must be\n`,
    );
  });
});
