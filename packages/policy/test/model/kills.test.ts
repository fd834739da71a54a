import { describe, expect, it } from 'vitest';
import { bothStaged, check, hosts, named } from './check.js';

// No depth bounds this: the worlds come to an end, so every order of any length is in it.
describe.each(named(hosts))('two upgrades with $name', ({ host }) => {
  it('is neither early nor missed nor made twice, in any order of blocks, crashes, kills, power failures and starts', () => {
    const { wrongs, closed, exceptions, worlds, looks } = check([bothStaged(host)], {}, host);
    expect(Object.fromEntries(wrongs)).toEqual({});
    expect(closed).toBe(true);
    // Without an operator nothing is to be excused.
    expect([...exceptions]).toEqual([]);
    // A model cut down by accident would find fewer. The binary that fails leaves only its own crash loop.
    expect(worlds).toBeGreaterThan(host.fails ? 100 : 250);
    expect(looks.get('started again') ?? 0).toBeGreaterThan(host.fails ? -1 : 250);
    expect(looks.get('cut off') ?? 0).toBeGreaterThan(host.fails ? -1 : 1000);
    expect((looks.get('halted') ?? 0) > 0).toBe(!host.ends && (host.rpc || host.offline === 'nothing'));
  }, 300_000);
});
