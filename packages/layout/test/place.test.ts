import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryIn, placeUpgrade } from '../src/index.ts';
import { makeHome, put, refusal, stage } from './home.ts';

function finished(layout: ReturnType<typeof makeHome>): string {
  const dir = stage(layout, join(layout.staging, 'v2.1'));
  put(join(dir, 'lib/libwasmvm.so'), 'new');
  return dir;
}

describe('placeUpgrade', () => {
  it('makes the directory the upgrade, and makes upgrades/ where that is missing', async () => {
    const layout = makeHome();
    const from = finished(layout);
    expect(await placeUpgrade(layout, 'V2', from)).toBe(join(layout.upgrades, 'v2'));
    expect(existsSync(binaryIn(layout, join(layout.upgrades, 'v2')))).toBe(true);
    expect(existsSync(from)).toBe(false);
    expect(existsSync(layout.quarantine)).toBe(false);
  });

  it.each([
    'an empty directory',
    'a directory with what a download left',
    'a file',
    'a directory with a file for bin',
    'a directory with a broken link for bin',
  ])('replaces %s', async (what) => {
    const layout = makeHome();
    const dir = join(layout.upgrades, 'v2');
    if (what === 'a file') put(dir, 'oops');
    else if (what.endsWith('a file for bin')) put(join(dir, 'bin'), 'palomad, copied before bin/ was there', 0o755);
    else mkdirSync(dir, { recursive: true });
    if (what.endsWith('link for bin')) symlinkSync('nowhere', join(dir, 'bin'));
    if (what.endsWith('left')) {
      put(binaryIn(layout, dir), '', 0o644);
      put(join(dir, 'lib/libold.so'), 'old');
      put(join(dir, 'upgrade-info.json'), '{"name":"v2"}');
    }
    await placeUpgrade(layout, 'v2', finished(layout));
    expect(readFileSync(binaryIn(layout, dir), 'utf8')).toMatch(/^#!/);
    expect(readdirSync(join(dir, 'lib'))).toEqual(['libwasmvm.so']);
    expect(existsSync(join(dir, 'upgrade-info.json'))).toBe(false);
    expect(readdirSync(layout.upgrades)).toEqual(['v2']);
    expect(readdirSync(layout.quarantine)).toEqual([expect.stringMatching(/^\d{8}T\d{6}\.\d{3}Z-v2$/)]);
  });

  it('never replaces a binary that runs, and leaves the new one where it is', async () => {
    const layout = makeHome('v2');
    const from = finished(layout);
    const error = await refusal(() => placeUpgrade(layout, 'v2', from));
    expect(error).toMatchObject({ code: 'LAYOUT_OCCUPIED', hint: expect.stringContaining('remove') as string });
    expect(existsSync(binaryIn(layout, from))).toBe(true);
  });

  it('leaves what was there, and says why, where upgrades/ is no directory', async () => {
    const layout = makeHome();
    put(layout.upgrades, '');
    const from = finished(layout);
    expect((await refusal(() => placeUpgrade(layout, 'v2', from))).code).toBe('LAYOUT_WRITE_FAILED');
    expect(existsSync(binaryIn(layout, from))).toBe(true);
  });
});
