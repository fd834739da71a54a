import { expect, it } from 'vitest';
import * as api from '../src/index.js';

it('exports one decision and the two questions it rests on', () => {
  expect(Object.keys(api).sort()).toEqual(['decide', 'knownHeight', 'proofOf']);
});
