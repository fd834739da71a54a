import { appendFile, rm } from 'node:fs/promises';
import { describe, it, vi } from 'vitest';

import { silent, writeConfig } from '../../src/stager-answers.ts';
import { stagerRun } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 3 });

describe.concurrent('what was staged', () => {
  it('is NOT READY once it is another file, until somebody vouches for it or has it staged anew', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await all.stager(['stage', 'v2']);
    await appendFile(all.run.at('upgrades/v2/bin/palomad'), '\n// changed\n');
    const changed = await all.stager(['check', 'v2']);
    t.expect(changed.code).toBe(75);
    const record = all.run.at('upgrades/v2/staged.json');
    t.expect(changed.stdout).toMatch(/^NOT READY: .*\n {2}why: it is another file than the one that was staged on /);
    t.expect(changed.stdout).toContain(`  do: if you put it there, remove ${record}; otherwise remove `);
    await rm(record);
    const vouched = await all.stager(['check', 'v2']);
    t.expect([vouched.code, vouched.stdout.startsWith('READY: ')]).toEqual([0, true]);
  });

  it('is READY with a warning for as long as the best source names another file', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await all.stager(['stage', 'v2']);
    const config = all.run.at('stager.toml');
    const url = `https://127.0.0.1:1/v2.1/own-build`;
    await writeConfig(all, `[upgrades.v2]\nurl = "${url}"\nchecksum = "sha256:${'ab'.repeat(32)}"\n`);
    for (let times = 0; times < 2; times += 1) {
      const { code, stdout } = await all.stager(['check', 'v2']);
      t.expect([code, stdout.startsWith('READY: ')]).toEqual([0, true]);
      t.expect(stdout).toContain(
        `  warning: [upgrades."v2"] in ${config} names another file now: ${url}, sha256 ${'ab'.repeat(32)}\n`,
      );
    }
    t.expect(await all.stager(['stage', 'v2'])).toEqual(silent);
    await rm(config);
    t.expect((await all.stager(['check', 'v2'])).stdout).not.toContain('another file');
  });
});
