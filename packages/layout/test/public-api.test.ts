import { expect, it } from 'vitest';
import * as api from '../src/index.ts';

it('exports exactly what the README lists', () => {
  expect(Object.keys(api).sort()).toEqual([
    'LayoutError',
    'binaryIn',
    'createLayout',
    'libIn',
    'listUpgrades',
    'placeUpgrade',
    'quarantine',
    'readCurrent',
    'readRecord',
    'recordIn',
    'recordPlan',
    'replaceFile',
    'settleBinary',
    'switchCurrent',
    'syncUpgrade',
    'upgradeDir',
  ]);
});

it('names its errors on the prototype and leaves absent hints away', () => {
  const error = new api.LayoutError('LAYOUT_READ_FAILED', 'nothing');
  expect(error.name).toBe('LayoutError');
  expect(Object.hasOwn(error, 'name')).toBe(false);
  expect('hint' in error).toBe(false);
});
