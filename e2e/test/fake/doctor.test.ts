import { chmod, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { diagnose, patient, patientRefused } from '../../src/doctor.ts';
import { edit } from '../../src/doctor-breaks.ts';
import { defects } from '../../src/doctor-defects.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { runProgram } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 2 });

const refused = patientRefused();

describe.concurrent('the doctor', () => {
  it.skipIf(refused !== undefined)(titled('finds nothing wrong with a healthy set-up', refused), async (t) => {
    const { diagnose: ask } = await patient(t);
    const { code, ok, checks, troubles, stderr } = await ask();
    t.expect({ troubles, stderr, code, ok }).toEqual({ troubles: [], stderr: '', code: 0, ok: true });
    t.expect(new Set(checks.map(({ topic }) => topic)).size).toBe(11);
  });

  it.skipIf(refused !== undefined).for(defects)(
    titled('tells of $name, and of nothing else', refused),
    async ({ make, told }, t) => {
      const all = await patient(t);
      await make(all, t);
      const { code, ok, troubles } = await all.diagnose();
      const shown = troubles.map((text) =>
        text
          .replace(/localhost:\d+/, 'localhost:$PORT')
          .replace(/\b(?:nobody|uid \d+)(?= may)/, '$USER')
          .replace(all.run.home.laddr, '$LADDR'),
      );
      t.expect(shown).toEqual(told.map((text) => t.expect.stringContaining(text) as unknown));
      const isError = told.some((text) => text.startsWith('error'));
      t.expect({ code, ok }).toEqual({ code: isError ? 78 : 0, ok: !isError });
    },
  );

  it.skipIf(refused !== undefined)(
    titled('takes a node that listens everywhere for the one that is asked by the name of the machine', refused),
    async (t) => {
      const all = await patient(t);
      const config = join(all.run.home.home, 'config');
      await edit(join(config, 'config.toml'), all.run.home.laddr, `tcp://0.0.0.0:${all.run.home.rpcPort}`);
      const there = `http://${hostname()}:${all.run.home.rpcPort}`;
      await edit(join(config, 'client.toml'), all.run.home.laddr, there);
      t.expect((await all.diagnose()).troubles).toEqual([]);
    },
  );

  it.skipIf(refused !== undefined)(
    titled("does not take a chain that a module knows for the node's own", refused),
    async (t) => {
      const all = await patient(t);
      const config = join(all.run.home.home, 'config');
      await writeFile(join(config, 'genesis.json'), '{"app_state":{"ibc":{"chain_id":"other-9"}},"chain_id":"own-1"}');
      await edit(join(config, 'client.toml'), 'chain-id = ""', 'chain-id = "own-1"');
      t.expect((await all.diagnose()).troubles).toEqual([]);
    },
  );

  it.skipIf(refused !== undefined)(
    titled('says the same as text, grouped by topic, the verdict last', refused),
    async (t) => {
      const all = await patient(t);
      await chmod(all.run.at('upgrades/v2/bin/palomad'), 0o644);
      const env = { PATH: process.env['PATH'] ?? '' };
      const { code, stdout } = await runProgram(['doctor', '--unit', all.unit], env);
      t.expect(code).toBe(78);
      t.expect(stdout).toContain(`unit: palomad.service (${all.unit})\nnode: palomad in ${all.run.home.home}\n`);
      t.expect(stdout).toMatch(
        /^layout\n(?: .*\n)* {2}ERROR {2}upgrades\/v2 has no binary that can run\n {9}at: .*\n {9}why: .*\n {9}do: /m,
      );
      t.expect(stdout).toMatch(
        /^1 error, 0 warnings, \d+ notes?, \d+ ok: blocks, an upgrade or the start are at stake$/m,
      );
    },
  );

  it('goes by the environment of the invocation where there is no unit, and says so', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const env = run.home.env({ DAEMON_LOG_BUFFER_SIZE: '' });
    const { troubles, checks } = await diagnose([], env);
    t.expect(troubles).toEqual([]);
    const notes = checks.filter(({ level }) => level === 'note').map(({ what }) => what);
    t.expect(notes).toContain('there is no unit to go by: the environment of this invocation counts');
    t.expect(notes).toContain('no backup is made before an upgrade: UNSAFE_SKIP_BACKUP=true');
  });

  it('names what is not set where there is neither unit nor environment', async (t) => {
    const { code, troubles } = await diagnose([]);
    t.expect(code).toBe(78);
    t.expect(troubles).toEqual([
      t.expect.stringContaining('error environment: DAEMON_HOME is not set') as unknown,
      t.expect.stringContaining('error environment: DAEMON_NAME is not set') as unknown,
    ]);
    const { stdout } = await runProgram(['doctor'], { PATH: process.env['PATH'] ?? '' });
    t.expect(stdout).toMatch(/^unit: none\nnode: not known\n/);
  });

  it.for([
    { args: ['--unit', 'nonexistent-chainvisor.service'], said: 'nonexistent-chainvisor.service' },
    { args: ['--unit', '/nonexistent/x.service'], said: '/nonexistent/x.service' },
    { args: ['-o', 'yaml'], said: 'neither text nor json' },
  ])('$args is refused', async ({ args, said }, t) => {
    const { code, stdout, stderr } = await runProgram(['doctor', ...args], { PATH: process.env['PATH'] ?? '' });
    t.expect(stdout).toBe('');
    t.expect(stderr).toContain(said);
    t.expect([64, 66, 78]).toContain(code);
  });
});
