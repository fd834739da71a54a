import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, readCurrent, switchCurrent } from '../src/index.ts';
import type { Layout } from '../src/index.ts';
import { makeHome } from './home.ts';

const SWITCHER = fileURLToPath(new URL('switcher.js', import.meta.url));

/** Runs a process that switches without end, while `during` works; then kills it. Fails where it died by itself. */
async function whileSwitching(layout: Layout, during: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [SWITCHER, layout.home, 'v2', 'v3'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    await Promise.race([once(child.stdout, 'data'), exited]);
    await during();
  } finally {
    child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
}

describe('current, while and after a process that switches it', () => {
  it('names a runnable directory after kill -9 at any moment, and the next switch clears up', async () => {
    const layout = makeHome('v2', 'v3');
    for (let round = 0; round < 25; round++) {
      // Random on purpose: the moment of the kill is what is being tried.
      await whileSwitching(layout, () => delay(Math.random() * 12));
      const found = await readCurrent(layout);
      expect(found).toMatchObject({ state: 'linked', target: expect.stringMatching(/^upgrades\/v[23]$/) as unknown });
      expect(await checkExecutable(join(layout.current, 'bin', layout.daemon))).toMatchObject({ ok: true });
      expect(readdirSync(layout.upgrades).sort()).toEqual(['v2', 'v3']);
      await switchCurrent(layout, layout.genesis);
      expect(readdirSync(layout.own)).toEqual([]);
    }
  });

  it('is there at every instant for whoever reads it meanwhile', async () => {
    const layout = makeHome('v2', 'v3');
    const seen = new Set<string>();
    await whileSwitching(layout, async () => {
      for (let i = 0; i < 20_000 || (seen.size < 2 && i < 1_000_000); i++) {
        seen.add(readlinkSync(layout.current)); // throws where there is no link
        statSync(binaryIn(layout, layout.current));
        if (i % 100 === 0) expect(await readCurrent(layout)).toMatchObject({ state: 'linked' });
      }
    });
    expect([...seen].sort()).toEqual(['upgrades/v2', 'upgrades/v3']);
  });
});
