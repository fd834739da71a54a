import { PlanError } from '@chainvisor/plan';
import fc from 'fast-check';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryIn, createLayout, libIn, recordIn, upgradeDir } from '../src/index.ts';
import { refusal } from './home.ts';

const layout = createLayout({ home: '/home/val/.paloma', daemon: 'palomad', recase: true });

describe('createLayout', () => {
  it('names every path that cosmovisor knows, and our own apart from them', () => {
    const root = '/home/val/.paloma/cosmovisor';
    expect(layout).toEqual({
      home: '/home/val/.paloma',
      daemon: 'palomad',
      root,
      current: `${root}/current`,
      genesis: `${root}/genesis`,
      upgrades: `${root}/upgrades`,
      configFile: `${root}/config.toml`,
      own: `${root}/.chainvisor`,
      journal: `${root}/.chainvisor/journal.jsonl`,
      supervisorLock: `${root}/.chainvisor/supervisor.lock`,
      lock: `${root}/.chainvisor/lock`,
      quarantine: `${root}/.chainvisor/quarantine`,
      staging: `${root}/.chainvisor/staging`,
      data: '/home/val/.paloma/data',
      upgradeInfo: '/home/val/.paloma/data/upgrade-info.json',
      batch: '/home/val/.paloma/data/upgrade-info.json.batch',
      recase: true,
    });
    expect(binaryIn(layout, layout.genesis)).toBe(`${root}/genesis/bin/palomad`);
    expect(libIn(layout.genesis)).toBe(`${root}/genesis/lib`);
    expect(recordIn(layout.genesis)).toBe(`${root}/genesis/upgrade-info.json`);
  });

  it('tidies the home', () => {
    expect(createLayout({ home: '/a//b/../c/', daemon: 'd', recase: true }).home).toBe('/a/c');
  });

  it.each(['', '.', '~/.paloma', '.paloma', '/a\0b'])('refuses the home %j', async (home) => {
    expect((await refusal(() => createLayout({ home, daemon: 'd', recase: true }))).code).toBe('LAYOUT_HOME_INVALID');
  });

  it.each(['', '.', '..', 'bin/palomad', '/usr/bin/palomad', 'a\0'])('refuses the daemon %j', async (daemon) => {
    const error = await refusal(() => createLayout({ home: '/h', daemon, recase: true }));
    expect(error.code).toBe('LAYOUT_DAEMON_INVALID');
    expect(error.message).toContain(JSON.stringify(daemon));
  });
});

describe('upgradeDir', () => {
  it.each([
    ['V2', 'v2'],
    ['a/b', 'a%2Fb'],
    ['../../../etc', '..%2F..%2F..%2Fetc'],
    ['İΣ', 'i%CF%83'],
  ])('puts %j into %j', (name, directory) => {
    expect(upgradeDir(layout, name)).toBe(join(layout.upgrades, directory));
  });

  it('keeps the case where that is asked for', () => {
    expect(upgradeDir({ ...layout, recase: false }, 'V2')).toBe(join(layout.upgrades, 'V2'));
  });

  it.each(['', '.', '..'])('lets the refusal of %j through', (name) => {
    expect(() => upgradeDir(layout, name)).toThrow(PlanError);
  });

  it('stays directly below upgrades/, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        fc.pre(!['', '.', '..'].includes(name) && encodeURIComponent(name).length < 80);
        expect(dirname(upgradeDir(layout, name))).toBe(layout.upgrades);
      }),
    );
  });
});
