import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp } from '../../src/fake-checks.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { startSupervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('log lines', () => {
  const missing = { name: 'v2', height: 4 };

  it('are none with COSMOVISOR_DISABLE_LOGS=true; an error that ends us is still told', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [missing] } });
    const supervisor = run.start({ COSMOVISOR_DISABLE_LOGS: 'true' });
    await expectGivenUp(t.expect, run, supervisor, 68, []);
    t.expect(supervisor.log()).toMatch(/^Error: upgrade "v2" at height 4 .*\n {2}why: .*\n {2}do: .*\n$/);
  });

  it('are none with COSMOVISOR_DISABLE_LOGS=true in a whole life', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [missing] } });
    await run.stage('v2');
    const supervisor = run.start({ COSMOVISOR_DISABLE_LOGS: 'true', DAEMON_TYPO: '1' });
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(supervisor.log()).toBe('');
  });

  it.for([
    { title: '--log-format json before run', args: ['--log-format', 'json', 'run', 'start'], env: {} },
    {
      title: '--log-format=json after run',
      args: ['run', '--log-format=json', 'start'],
      env: { CHAINVISOR_LOG_FORMAT: 'text' },
    },
    { title: 'CHAINVISOR_LOG_FORMAT=json', args: ['run', 'start'], env: { CHAINVISOR_LOG_FORMAT: 'json' } },
  ])('are objects, one a line, with $title', async ({ args, env }, t) => {
    const run = await fakeRun(t, { chain: { plans: [missing] } });
    await run.stage('v2');
    const supervisor = startSupervisor([...args, '--home', run.home.home], run.home.env(env), run.home.dir);
    await supervisor.saw(/upgrade verified/);
    await expectCleanStop(t.expect, run, supervisor);
    const lines = supervisor
      .log()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    t.expect(lines.length).toBeGreaterThan(5);
    for (const { time, level, message, module } of lines) {
      t.expect(new Date(String(time)).toISOString()).toBe(time);
      t.expect(['info', 'warn', 'error']).toContain(level);
      t.expect([typeof message, module]).toEqual(['string', 'chainvisor']);
    }
    t.expect(lines).toContainEqual(t.expect.objectContaining({ message: 'upgrade detected', plan: 'v2', height: 4 }));
  });

  it.for([
    { format: 'kitchen', head: /^\d{1,2}:\d\d[AP]M (INF|WRN|ERR) / },
    { format: 'rfc3339', head: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[-+]\d\d:\d\d) (INF|WRN|ERR) / },
    { format: '', head: /^(INF|WRN|ERR) / },
    { format: undefined, head: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INF|WRN|ERR) / },
  ])(
    'begin as COSMOVISOR_TIMEFORMAT_LOGS says ($format), and have no colour on a pipe',
    async ({ format, head }, t) => {
      const run = await fakeRun(t, { chain: {} });
      const time = format === undefined ? undefined : { COSMOVISOR_TIMEFORMAT_LOGS: format };
      const supervisor = run.start({
        ...time,
        COSMOVISOR_COLOR_LOGS: 'true',
        TZ: 'America/New_York',
        FORCE_COLOR: '1',
      });
      await run.reached(2);
      await expectCleanStop(t.expect, run, supervisor);
      const lines = supervisor.log().trimEnd().split('\n');
      t.expect(lines.length).toBeGreaterThan(3);
      for (const line of lines) t.expect(line).toMatch(head);
      t.expect(supervisor.log()).not.toContain('\u001b');
    },
  );
});
