import { PlanError } from '@chainvisor/plan';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCurrent, recordIn } from '../src/index.ts';
import type { Current } from '../src/index.ts';
import { createLayout } from '../src/layout.ts';
import { isRoot, makeHome, put, refusal, stage, temporary } from './home.ts';

const linked = (target: string, dir: string): Current => ({
  state: 'linked',
  target,
  dir,
  plan: undefined,
  planProblem: undefined,
});

describe('readCurrent', () => {
  it('finds nothing in a home where nothing is', async () => {
    const layout = createLayout({ home: temporary(), daemon: 'd', recase: true });
    expect(await readCurrent(layout)).toEqual({ state: 'absent' });
    mkdirSync(layout.root);
    expect(await readCurrent(layout)).toEqual({ state: 'absent' });
  });

  it.each(['genesis', './genesis', 'genesis/', 'upgrades/../genesis'])('understands %j', async (text) => {
    const layout = makeHome('v2');
    symlinkSync(text, layout.current);
    expect(await readCurrent(layout)).toEqual(linked('genesis', layout.genesis));
  });

  it('understands relative links, and the absolute ones of older versions', async () => {
    const layout = makeHome('v2', 'a%2Fb');
    const dir = join(layout.upgrades, 'a%2Fb');
    symlinkSync('upgrades/a%2Fb', layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/a%2Fb', dir));
    rmSync(layout.current);
    symlinkSync(dir, layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/a%2Fb', dir));
  });

  it('understands an absolute link by way of a linked home, in both directions', async () => {
    const layout = makeHome('v2');
    const alias = join(temporary(), 'home');
    symlinkSync(layout.home, alias);
    const aliased = createLayout({ home: alias, daemon: layout.daemon, recase: true });

    symlinkSync(join(alias, 'cosmovisor/upgrades/v2'), layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/v2', join(layout.upgrades, 'v2')));
    expect(await readCurrent(aliased)).toEqual(linked('upgrades/v2', join(aliased.upgrades, 'v2')));
    rmSync(layout.current);
    symlinkSync(join(layout.upgrades, 'v2'), layout.current);
    expect(await readCurrent(aliased)).toEqual(linked('upgrades/v2', join(aliased.upgrades, 'v2')));
  });

  it('keeps the name of an upgrade whose directory, or whose parent, lies elsewhere', async () => {
    const layout = makeHome('v2');
    const elsewhere = stage(layout, join(temporary(), 'palomad-v3'));
    symlinkSync(elsewhere, join(layout.upgrades, 'v3'));
    symlinkSync('upgrades/v3', layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/v3', join(layout.upgrades, 'v3')));

    const volume = join(temporary(), 'upgrades');
    execFileSync('cp', ['-a', layout.upgrades, volume]);
    rmSync(layout.upgrades, { recursive: true });
    symlinkSync(volume, layout.upgrades);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/v3', join(layout.upgrades, 'v3')));
    rmSync(layout.current);
    symlinkSync(join(volume, 'v2'), layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/v2', join(layout.upgrades, 'v2')));
  });

  it('follows a chain of links to a directory of the root', async () => {
    const layout = makeHome('v2');
    symlinkSync('upgrades/v2', join(layout.root, 'stable'));
    symlinkSync('stable', layout.current);
    expect(await readCurrent(layout)).toEqual(linked('upgrades/v2', join(layout.upgrades, 'v2')));
  });

  it('gives the real path of what lies elsewhere, of the root itself and of what lies too deep', async () => {
    const layout = makeHome('v2');
    const elsewhere = stage(layout, join(temporary(), 'v3'));
    for (const [text, dir] of [
      [elsewhere, elsewhere],
      ['.', layout.root],
      ['upgrades', layout.upgrades],
      ['upgrades/v2/bin', join(layout.upgrades, 'v2/bin')],
    ] as const) {
      rmSync(layout.current, { force: true });
      symlinkSync(text, layout.current);
      expect(await readCurrent(layout)).toEqual(linked(dir, dir));
    }
  });

  it('reads a link that climbs out of a link as the kernel does', async () => {
    const layout = makeHome('v2');
    const other = temporary();
    mkdirSync(join(other, 'deep'));
    mkdirSync(join(other, 'genesis'));
    symlinkSync(join(other, 'deep'), join(layout.upgrades, 'x'));
    symlinkSync('upgrades/x/../genesis', layout.current);
    expect(await readCurrent(layout)).toEqual(linked(join(other, 'genesis'), join(other, 'genesis')));
  });

  it.each([
    ['what never was', 'upgrades/none'],
    ['itself', 'current'],
    ['an old home', '/nowhere/.paloma/cosmovisor/genesis'],
    ['a file', 'upgrades/v2/bin/palomad'],
    ['below a file', 'upgrades/v2/bin/palomad/x'],
  ])('calls a link to %s dangling and quotes it', async (_, text) => {
    const layout = makeHome('v2');
    symlinkSync(text, layout.current);
    expect(await readCurrent(layout)).toEqual({ state: 'dangling', target: text });
  });

  it('calls a link to a removed directory dangling', async () => {
    const layout = makeHome('v2');
    symlinkSync('upgrades/v2', layout.current);
    renameSync(join(layout.upgrades, 'v2'), join(layout.upgrades, 'v2.old'));
    expect(await readCurrent(layout)).toEqual({ state: 'dangling', target: 'upgrades/v2' });
  });

  it('says what else bears the name', async () => {
    const layout = makeHome();
    put(layout.current, '');
    expect(await readCurrent(layout)).toEqual({ state: 'not-a-link', kind: 'file' });
    rmSync(layout.current);
    mkdirSync(layout.current);
    expect(await readCurrent(layout)).toEqual({ state: 'not-a-link', kind: 'directory' });
    rmSync(layout.current, { recursive: true });
    execFileSync('mkfifo', [layout.current]);
    expect(await readCurrent(layout)).toEqual({ state: 'not-a-link', kind: 'special file' });
  });

  it('reads the plan beside the binary', async () => {
    const layout = makeHome('v2');
    symlinkSync('upgrades/v2', layout.current);
    put(recordIn(join(layout.upgrades, 'v2')), '{"name":"V2","height":7}');
    expect(await readCurrent(layout)).toMatchObject({
      plan: { name: 'V2', height: 7, info: '' },
      planProblem: undefined,
    });
  });

  it.each(['', '{"name":', '\0\0'])(
    'reports a record of %j as a problem and still says where to run',
    async (content) => {
      const layout = makeHome('v2');
      symlinkSync('upgrades/v2', layout.current);
      const record = put(recordIn(join(layout.upgrades, 'v2')), content);
      const found = await readCurrent(layout);
      expect(found).toMatchObject({ state: 'linked', target: 'upgrades/v2', plan: undefined });
      const problem = found.state === 'linked' ? found.planProblem : undefined;
      expect(problem?.message).toContain(record);
      expect(problem?.cause).toBeInstanceOf(PlanError);
    },
  );

  it('does not wait for a record that is a directory or a FIFO', async () => {
    const layout = makeHome('v2');
    symlinkSync('upgrades/v2', layout.current);
    const record = recordIn(join(layout.upgrades, 'v2'));
    mkdirSync(record);
    expect(await readCurrent(layout)).toMatchObject({ state: 'linked', planProblem: { name: 'LayoutError' } });
    rmSync(record, { recursive: true });
    execFileSync('mkfifo', [record]);
    expect(await readCurrent(layout)).toMatchObject({ state: 'linked', planProblem: { name: 'LayoutError' } });
  });

  it.skipIf(isRoot)('says that it may not look (root may)', async () => {
    const layout = makeHome();
    execFileSync('chmod', ['000', layout.root]);
    const error = await refusal(() => readCurrent(layout));
    execFileSync('chmod', ['755', layout.root]);
    expect(error.code).toBe('LAYOUT_READ_FAILED');
    expect(error.hint).toBeTypeOf('string');
  });
});
