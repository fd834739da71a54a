import { describe, expect, it } from 'vitest';
import type { Progress } from '../src/index.ts';
import { besides, makeHome, refusal } from './home.ts';

describe('progress and abort', () => {
  it('tells phases, amounts, rate and remaining time by the given clock', async () => {
    const { put, create } = makeHome();
    for (let i = 0; i < 10; i++) put(`f${i}`, Buffer.alloc(1000));
    const told: Progress[] = [];
    let time = 0;
    await create({ onProgress: (progress) => told.push(progress), now: () => (time += 200), concurrency: 1 });
    expect(new Set(told.map(({ phase }) => phase))).toEqual(new Set(['scanning', 'copying', 'syncing']));
    const copying = told.filter(({ phase }) => phase === 'copying');
    expect(copying[0]).toEqual({
      phase: 'copying',
      files: 0,
      totalFiles: 11,
      bytes: 0,
      totalBytes: 10_000,
      rate: 0,
      remaining: undefined,
    });
    expect(copying.at(-1)).toMatchObject({ files: 11, bytes: 10_000, remaining: 0 });
    for (const { rate, remaining, bytes } of copying)
      if (bytes > 0) expect(remaining).toBeCloseTo(((10_000 - bytes) / rate) * 1000);
  });

  it('leaves nothing when it is aborted, in whatever phase', async () => {
    const { home, put, create } = makeHome();
    for (let i = 0; i < 20; i++) put(`d${i}/f`, Buffer.alloc(1000));
    put('large', Buffer.alloc(70_000_000, 'x'));
    let steps = 0;
    await create({ name: 'whole', onProgress: () => steps++, now: counting() });
    expect(steps).toBeGreaterThan(60);
    for (let at = 1; at <= steps; at += 3) {
      const aborter = new AbortController();
      let step = 0;
      const onProgress = (): void => {
        if (++step === at) aborter.abort(new Error('enough'));
      };
      const error = await refusal(() => create({ signal: aborter.signal, onProgress, now: counting() }));
      expect(error.code).toBe('BACKUP_ABORTED');
      expect(error.cause).toEqual(new Error('enough'));
      expect(besides(home)).toEqual(['whole']);
    }
    expect((await refusal(() => create({ signal: AbortSignal.abort() }))).code).toBe('BACKUP_ABORTED');
  });
});

/** A clock on which every report is due. */
function counting(): () => number {
  let time = 0;
  return () => (time += 1000);
}
