import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBackedUp } from './backed-up.ts';
import { besides, refusal, treeOf } from './home.ts';

describe('what restoreBackup refuses, the old data left in place', () => {
  it.each([
    [
      'a missing file',
      (backup: string) => rmSync(join(backup, 'cs.wal/wal')),
      'BACKUP_DAMAGED',
      /cs\.wal\/wal is missing/,
    ],
    [
      'a file of another size',
      (backup: string) => writeFileSync(join(backup, 'cs.wal/wal'), 'x'),
      'BACKUP_DAMAGED',
      /has another size/,
    ],
    [
      'a link that leads elsewhere',
      (backup: string) => {
        rmSync(join(backup, 'link'));
        symlinkSync('/etc', join(backup, 'link'));
      },
      'BACKUP_DAMAGED',
      /link has another target/,
    ],
    [
      'a manifest cut short',
      (backup: string) => truncateSync(join(backup, '.chainvisor-backup/manifest.jsonl'), 200),
      'BACKUP_MANIFEST_INVALID',
      /manifest\.jsonl/,
    ],
    [
      'no manifest where one was',
      (backup: string) => rmSync(join(backup, '.chainvisor-backup/manifest.jsonl')),
      'BACKUP_MANIFEST_INVALID',
      /ENOENT/,
    ],
    [
      'no backup',
      (backup: string) => rmSync(backup, { recursive: true }),
      'BACKUP_DATA_INVALID',
      /cannot use the backup/,
    ],
  ] as const)('%s', async (_, harm, code, message) => {
    const { home, data, backup, restore, now } = await makeBackedUp();
    harm(backup);
    expect(await refusal(() => restore())).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(treeOf(data)).toEqual(now);
    expect(besides(home).filter((name) => name !== 'b')).toEqual([]);
  });

  it('a name for the old data that is taken, and options that make no sense', async () => {
    const { home, data, backup, restore, now } = await makeBackedUp();
    mkdirSync(join(home, 'taken'));
    expect((await refusal(() => restore({ aside: 'taken' }))).code).toBe('BACKUP_ASIDE_EXISTS');
    expect((await refusal(() => restore({ aside: '../x' }))).code).toBe('BACKUP_OPTION_INVALID');
    expect((await refusal(() => restore({ data: 'data' }))).code).toBe('BACKUP_OPTION_INVALID');
    expect((await refusal(() => restore({ data: join(backup, 'cs.wal') }))).code).toBe('BACKUP_OPTION_INVALID');
    expect((await refusal(() => restore({ keepState: { file: '../state.json' } }))).code).toBe('BACKUP_OPTION_INVALID');
    expect((await refusal(() => restore({ data: join(home, 'b/link/x/y') }))).code).toBe('BACKUP_DATA_INVALID');
    expect(treeOf(data)).toEqual(now);
    expect(besides(home)).toEqual(['b', 'taken']);
  });

  it('nothing is left when it is aborted, until the exchange begins', async () => {
    const { home, data, restore, now } = await makeBackedUp();
    let clock = 0;
    for (let at = 1; ; at++) {
      const aborter = new AbortController();
      let step = 0;
      const onProgress = (): void => {
        if (++step === at) aborter.abort();
      };
      const outcome = await restore({ signal: aborter.signal, onProgress, now: () => (clock += 1000) }).catch(
        (error: unknown) => error,
      );
      if (!(outcome instanceof Error)) {
        expect(at).toBeGreaterThan(15);
        break;
      }
      expect(outcome).toMatchObject({ code: 'BACKUP_ABORTED' });
      expect(treeOf(data)).toEqual(now);
      expect(besides(home)).toEqual(['b']);
    }
  });
});
