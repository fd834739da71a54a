import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const env = { UNSAFE_SKIP_BACKUP: 'false' };

async function backupsOf({ home }: FakeRun): Promise<readonly string[]> {
  return (await readdir(home.home)).filter((name) => name.startsWith('data-backup-')).sort();
}

describe.concurrent('a backup before the switch', () => {
  it('is made of the stopped node, named as cosmovisor names it, and the upgrade goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const [name = '', ...more] = await backupsOf(run);
    t.expect(more).toEqual([]);
    t.expect(name).toMatch(/^data-backup-\d{4}-\d{1,2}-\d{1,2}$/);
    const state = await readFile(join(run.home.home, name, 'priv_validator_state.json'), 'utf8');
    t.expect(JSON.parse(state)).toMatchObject({ height: '5' });
    t.expect((await stat(join(run.home.home, name, 'application.db'))).isDirectory()).toBe(true);
    t.expect(supervisor.log()).toMatch(/INF backed up path=\S+ strategy=(?:link|reflink|copy) reason=/);
  });
});
