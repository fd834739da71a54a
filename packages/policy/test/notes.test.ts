import { describe, expect, it } from 'vitest';
import { type Facts, decide } from '../src/index.js';
import { V1, V3, alive, cutOff, facts, linked, names, withV2 } from './facts.js';
import { absent, gone, journal, manualV2, onV2, open } from './rows.js';

describe('notes say', () => {
  const texts = (given: Facts): string[] => decide(given).notes.map((note) => note.text);

  it.each<[about: string, given: Facts, obstacle: string]>([
    ['the file is gone', facts({ open }), 'upgrade-info.json is gone'],
    ['the file is cut off', facts({ open, file: cutOff }), 'upgrade-info.json cannot be read (it is empty)'],
    ['the file names another', withV2({ open, file: names(V3) }), 'upgrade-info.json now names "v3" at height 200'],
    ['it is to be skipped', withV2({ open, skipHeights: [100] }), 'height 100 is to be skipped'],
    ['current is gone', withV2({ open, current: absent }), 'current does not point to a directory any more'],
    ['current was moved', withV2({ open, current: linked('upgrades/v9') }), 'current was moved to upgrades/v9'],
  ])('why an unfinished upgrade is abandoned: %s', (_, given, obstacle) => {
    expect(texts(given)[0]).toBe(`the unfinished upgrade "v2" at height 100 is abandoned: ${obstacle}`);
  });

  it('which file was cut off, why, and what is put back', () => {
    expect(texts(facts({ file: cutOff, lastGood: V1 }))).toEqual([
      'upgrade-info.json cannot be read (it is empty) and nobody is left to finish it: the last good one, "v1" at height 50, is put back',
    ]);
    expect(texts(facts({ file: cutOff }))).toEqual([
      'upgrade-info.json cannot be read (it is empty) and no good one is on record',
    ]);
  });

  it('what current was and on whose word it is set', () => {
    expect(texts(facts({ current: gone('/old/upgrades/v1'), journalCurrent: journal('upgrades/v1', true) }))).toEqual([
      'current points to /old/upgrades/v1, which is gone: it is set to upgrades/v1, as recorded',
    ]);
    expect(texts(withV2({ current: absent }))).toEqual([
      'there is no current link: it is set to upgrades/v2, the plan that upgrade-info.json names',
    ]);
    expect(texts(facts({ current: absent }))).toEqual([
      'there is no current link: it is set to genesis, as nothing else is known',
    ]);
  });

  it('what is skipped, older, unproven, passed', () => {
    expect(texts(withV2({ skipHeights: [100] }))).toEqual([
      '"v2" at height 100 is skipped: --unsafe-skip-upgrades names its height, or has done so when it was passed',
    ]);
    expect(texts(withV2({ current: onV2, skipHeights: [100] }))).toEqual([
      '"v2" at height 100 is to be skipped and no block above it is known: back to upgrades/v1',
    ]);
    expect(texts(withV2({ current: linked('upgrades/v3', V3) }))).toEqual([
      'upgrade-info.json names "v2" at height 100, older than "v3" at height 200 that upgrades/v3 is for: never switched backwards',
    ]);
    expect(texts(withV2())).toEqual([
      'upgrade-info.json names "v2" at height 100, not proven to be reached: genesis runs until it is',
    ]);
    expect(texts(facts({ manual: [manualV2], child: alive({ liveHeight: 101 }) }))).toEqual([
      'the manual upgrade "v2" at height 100 is passed, height 101 is reached: the next start refuses to run until it is removed or the binary is chosen',
    ]);
  });
});
