import { expect, it } from 'vitest';
import * as api from '../src/index.ts';

it('exports exactly what the README lists', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BackupError',
    'backupName',
    'checkBackup',
    'clearUnfinished',
    'compareStates',
    'createBackup',
    'listBackups',
    'parseState',
    'pruneBackups',
    'recoverRestore',
    'removeAside',
    'restoreBackup',
    'roomForCopy',
    'unfinishedRestore',
    'verifyBackup',
  ]);
});

it('names its errors on the prototype and leaves absent hints away', () => {
  const error = new api.BackupError('BACKUP_READ_FAILED', 'nothing');
  expect(error.name).toBe('BackupError');
  expect(Object.hasOwn(error, 'name')).toBe(false);
  expect('hint' in error).toBe(false);
});

it('knows a quota that is used up, which Node has no name for', async () => {
  const { writeFailed } = await import('../src/errors.ts');
  const refused = Object.assign(new Error('quota'), { code: 'Unknown system error -122' });
  expect(writeFailed('cannot write', refused).hint).toBe('the disk quota is used up: free some space');
});
