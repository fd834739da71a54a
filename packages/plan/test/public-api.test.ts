import { expect, it } from 'vitest';
import * as api from '../src/index.ts';

it('exports exactly what the README lists', () => {
  expect(Object.keys(api).sort()).toEqual([
    'PlanError',
    'binaryFor',
    'decodeUtf8',
    'escapeName',
    'parseInfo',
    'parseUpgradeInfo',
    'recaseName',
    'samePlan',
    'upgradeDirName',
  ]);
});

it('names its errors on the prototype and leaves absent hints away', () => {
  const error = new api.PlanError('PLAN_EMPTY', 'nothing');
  expect(error.name).toBe('PlanError');
  expect(Object.hasOwn(error, 'name')).toBe(false);
  expect('hint' in error).toBe(false);
  expect(error).toBeInstanceOf(Error);
});
