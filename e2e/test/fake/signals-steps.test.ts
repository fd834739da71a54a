import { waitFor } from '@chainvisor/testkit';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { chain, endSignals, expectOurEnd } from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

/** Lines of a shell script that goes on until it may and writes down what it hears; it takes its time to leave. */
function lingering(trace: string, go: string): string {
  const traps = ['HUP', 'INT', 'QUIT', 'USR1'].map((name) => `trap 'echo ${name} >> "${trace}"' ${name}`);
  return `
    ${traps.join('\n')}
    trap 'echo TERM >> "${trace}"; while [ ! -e "${go}" ]; do sleep 0.05; done; exit 0' TERM
    echo begun >> "${trace}"
    while [ ! -e "${go}" ]; do sleep 0.05; done`;
}

const steps = [
  {
    step: 'the custom script',
    env: { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' },
    install: async (run: FakeRun, body: string) => {
      await writeScript(run.at('pre.sh'), body);
      await run.stage('v2');
      return undefined;
    },
  },
  {
    step: 'pre-upgrade',
    env: {},
    install: async (run: FakeRun, body: string) => {
      const real = join(run.home.dir, 'v2/palomad');
      await run.home.install(real, { ...release('0.53', 'v2'), preUpgrade: 0 });
      await writeScript(
        run.at('upgrades/v2/bin/palomad'),
        `[ "$1" = pre-upgrade ] || exec "${real}" "$@"
        ${body}
        exec "${real}" "$@"`,
      );
      return real;
    },
  },
];

describe.concurrent.each(steps)('a signal during $step', ({ env, install }) => {
  it('that systemd sends to all of the unit, which may end of it before we have asked, is our end too', async (t) => {
    const run = await fakeRun(t, { chain });
    const pid = join(run.home.dir, 'pid');
    await install(run, `echo $$ > "${pid}"; exec sleep 600`);
    const supervisor = run.start(env);
    const step = Number(
      await waitFor('the step', async () => (existsSync(pid) ? (await readLines(pid))[0] : undefined), {
        timeout: 90_000,
      }),
    );
    // The step may be gone by what was passed on to it before its own comes.
    await Promise.all([supervisor.pid, step].map((pid) => execa({ reject: false })`kill -TERM ${pid}`));
    await expectOurEnd(t, run, supervisor, 'SIGTERM', ['SIGTERM']);
    t.expect(supervisor.log()).not.toMatch(/^Error:/m);
  });

  it.for(endSignals.flatMap((signal) => [1, 2].map((times) => ({ signal, times }))))(
    'ends it politely, asked once, and then us: $signal, $times',
    async ({ signal, times }, t) => {
      const run = await fakeRun(t, { chain });
      const [trace, go] = [join(run.home.dir, 'trace'), join(run.home.dir, 'go')];
      await install(run, lingering(trace, go));
      const supervisor = run.start(env);
      await run.event('the step', () => existsSync(trace));
      supervisor.kill(signal);
      await waitFor('its being asked', async () => (await readLines(trace)).includes('TERM'));
      if (times === 2) supervisor.kill(signal);
      await writeFile(go, '');
      await expectOurEnd(t, run, supervisor, signal, ['SIGTERM']);
      t.expect(await readLines(trace)).toEqual(['begun', 'TERM']);
      t.expect(await currentOf(run.home.home)).toBe('genesis');
      t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
    },
  );

  it.for([1, 2])('is not for it where it asks for no end: SIGUSR1, %s', async (times, t) => {
    const run = await fakeRun(t, { chain });
    const [trace, go] = [join(run.home.dir, 'trace'), join(run.home.dir, 'go')];
    await install(run, lingering(trace, go));
    const supervisor = run.start(env);
    await run.event('the step', () => existsSync(trace));
    for (let count = 1; count <= times; count++) supervisor.kill('SIGUSR1');
    await writeFile(go, '');
    await supervisor.saw(/upgrade verified/);
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await readLines(trace)).toEqual(['begun']);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  });
});
