import { expect, it } from 'vitest';
import * as api from '../src/index.js';
import type { InfoFact, UnreadableReason, WatcherErrorCode, WatchNote, WatchOptions } from '../src/index.js';

type Types = [InfoFact, UnreadableReason, WatcherErrorCode, WatchNote, WatchOptions];

it('exports exactly these names', () => {
  const types: Types[] = [];
  expect(types).toEqual([]);
  expect(Object.keys(api).sort()).toEqual(['WatcherError', 'readInfo', 'watchInfo']);
});
