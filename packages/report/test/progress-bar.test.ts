import { expect, it } from 'vitest';
import { barOf } from '../src/index.js';

it.each<[phase: string, bytes: number, total: number | undefined, bar: string]>([
  ['download', 0, 20e6, 'download [                        ] 0 %  0.0 of 20.0 MB'],
  ['download', 10e6, 20e6, 'download [============            ] 50 %  10.0 of 20.0 MB'],
  ['unpack', 20e6, 20e6, 'unpack [========================] 100 %  20.0 of 20.0 MB'],
  ['download', 25e6, 20e6, 'download [========================] 100 %  25.0 of 20.0 MB'],
  ['copying', 30e9, 120e9, 'copying [======                  ] 25 %  30.0 of 120.0 GB'],
  ['download', 1e6, undefined, 'download 1.0 MB'],
  ['download', 1e6, 0, 'download 1.0 MB'],
])('a bar of %s at %i of %s bytes', (phase, bytes, total, bar) => {
  expect(barOf(phase, bytes, total, 80)).toBe(bar);
});

it('a bar is never wider than the terminal', () => {
  for (let columns = 10; columns < 100; columns += 1) {
    expect(barOf('download', 123e6, 456e6, columns).length).toBeLessThan(columns);
    expect(barOf('download', 123e6, undefined, columns).length).toBeLessThan(columns);
  }
  expect(barOf('download', 10e6, 20e6, 44)).toBe('download [=====     ] 50 %  10.0 of 20.0 MB');
  expect(barOf('download', 10e6, 20e6, 36)).toBe('download 50 %  10.0 of 20.0 MB');
  expect(barOf('download', 10e6, 20e6, 20)).toBe('download 50 %');
});
