import { describe, expect, it } from 'vitest';
import { readSkipUpgrades } from '../src/index.js';
import { tempHome } from './support.js';

describe('the upgrades that app.toml skips', () => {
  it.each([
    ['unsafe-skip-upgrades = [10, 20]\n', [10, 20]],
    ['Unsafe-Skip-Upgrades = [10]\n', [10]],
    ['unsafe-skip-upgrades = []\n', []],
    ['unsafe-skip-upgrades = [10, "20"]\n', [10]],
    ['unsafe-skip-upgrades = 10\n', []],
    ['halt-height = 10\n', []],
    ['unsafe-skip-upgrades = [10\n', []],
    ['', []],
  ])('are, of %j, %j', async (text, heights) => {
    expect(await readSkipUpgrades(tempHome({ 'config/app.toml': text }))).toEqual(heights);
  });

  it('are none where there is no such file', async () => {
    expect(await readSkipUpgrades(tempHome({}))).toEqual([]);
  });
});
