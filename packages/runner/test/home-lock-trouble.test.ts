import { mkdirSync, rmSync } from 'node:fs';
import { delimiter } from 'node:path';

import { describe, expect, it } from 'vitest';

import { failureOf, useHome } from './helpers/home.js';
import { env, isAlive, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const home = useHome(box);
const LONG = 60_000;

/** The real `flock`, but where a file `broken` says so: then it is killed, as for want of memory. */
function fragileFlock(): Readonly<Record<string, string>> {
  mkdirSync(box.path('programs'));
  box.write(
    'programs/flock',
    `#!/bin/sh\n[ -e '${box.path('broken')}' ] && kill -9 $$\nPATH=/usr/bin:/bin exec flock "$@"\n`,
  );
  return { ...env, PATH: [box.path('programs'), env.PATH].join(delimiter) };
}

describe('a home', () => {
  it('is locked as ever where a library that is to be preloaded is gone, and every program complains', async () => {
    const preload = { ...env, LD_PRELOAD: box.path('gone.so') };
    const first = await home.supervisor('one', undefined, preload);
    expect(await home.said('one')).toMatchObject({ taken: true, warnings: [] });
    expect(await failureOf(home.take({ env: preload }))).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      message: expect.stringContaining(String(first.pid)) as string,
    });
    expect(home.warnings).toEqual([]);
  });

  it('is not taken for clear where flock could not be run once, nor is it without locks from then on', async () => {
    const fragile = fragileFlock();
    // A wrapper, of which the record names only the shell.
    await home.orphan('sh -c "echo \\$\\$ >pid; trap : TERM; while :; do /bin/sleep 0.1; done" & wait', fragile);
    const pid = Number(await box.said('pid'));
    home.straggler(pid);
    const lock = await home.take({ env: fragile });
    box.write('broken', '');
    expect(await failureOf(lock.clear({ grace: 100 }))).toMatchObject({ code: 'RUNNER_LOCK_DENIED' });
    expect(() => lock.descriptor).toThrow('may still live');

    rmSync(box.path('broken'));
    await lock.clear({ grace: 100 });
    expect(isAlive(pid)).toBe(false);
    expect(lock.descriptor).toBeDefined();
    expect(home.warnings).toEqual([]);
    await lock.clear({ grace: LONG });
  });
});
