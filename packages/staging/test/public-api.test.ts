import { expect, it } from 'vitest';
import * as api from '../src/index.ts';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'StagingError',
    'clearWorkDirs',
    'hostPlatform',
    'ioHint',
    'leaveRoot',
    'proveBinary',
    'readStagedRecord',
    'sha256Of',
    'sourceOfInfo',
    'stageBinary',
    'stagedRecordIn',
  ]);
});

it('has errors that say their name, code and hint', () => {
  const error = new api.StagingError('STAGING_NO_BINARY', 'nothing', { hint: 'do it' });
  expect(error).toMatchObject({ name: 'StagingError', code: 'STAGING_NO_BINARY', hint: 'do it' });
  expect('cause' in error).toBe(false);
});
