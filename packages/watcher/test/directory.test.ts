import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { follow, planText, tempDir, tempHome } from './support.js';

const PYTHON = spawnSync('python3', ['-c', 'import mmap']).status === 0;

describe('the directory of the upgrade-info file', () => {
  it('may be missing and come later with the file already in it, and is never created', async () => {
    const { root, data, file } = tempHome('without data');
    const { facts, sees, seesPlan, noted } = follow(file);
    await sees({ state: 'absent' });
    await noted('directory-missing');
    const staged = join(root, 'staged');
    mkdirSync(staged);
    writeFileSync(join(staged, 'upgrade-info.json'), planText('v2'));
    renameSync(staged, data);
    await seesPlan('v2');
    await noted('directory-appeared');
    writeFileSync(file, planText('v3'));
    await seesPlan('v3');
    expect(facts).toHaveLength(new Set(facts.map((fact) => JSON.stringify(fact))).size);
  });

  it('may be several levels short', async () => {
    const { root } = tempHome();
    const directory = join(root, 'a', 'b', 'c');
    const { sees, seesPlan } = follow(join(directory, 'upgrade-info.json'));
    await sees({ state: 'absent' });
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'upgrade-info.json'), planText('v2'));
    await seesPlan('v2');
  });

  it('may be replaced by another one, which is watched from then on', async () => {
    const { root, data, file } = tempHome();
    writeFileSync(file, planText('v1'));
    const { sees, seesPlan, noted } = follow(file);
    await seesPlan('v1');
    renameSync(data, join(root, 'data-backup'));
    mkdirSync(data);
    await noted('directory-replaced');
    await sees({ state: 'absent' });
    writeFileSync(join(root, 'data-backup', 'upgrade-info.json'), planText('wrong'));
    writeFileSync(file, planText('v2'));
    await seesPlan('v2');
    writeFileSync(file, planText('v3'));
    await seesPlan('v3');
  });

  it('may be removed and made again, over and over', async () => {
    const { data, file } = tempHome();
    const { sees, seesPlan, noted } = follow(file);
    for (const name of ['v1', 'v2', 'v3']) {
      writeFileSync(file, planText(name));
      await seesPlan(name);
      rmSync(data, { recursive: true });
      await sees({ state: 'absent' });
      mkdirSync(data);
    }
    await noted('directory-missing');
    writeFileSync(file, planText('v4'));
    await seesPlan('v4');
  });

  it('may be a link that is pointed to another directory', async () => {
    const { root, data, file } = tempHome('without data');
    for (const name of ['one', 'two']) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'upgrade-info.json'), planText(name));
    }
    symlinkSync(join(root, 'one'), data);
    const { seesPlan, noted } = follow(file);
    await seesPlan('one');
    symlinkSync(join(root, 'two'), join(root, 'next'));
    renameSync(join(root, 'next'), data);
    await seesPlan('two');
    await noted('directory-replaced');
    writeFileSync(join(root, 'two', 'upgrade-info.json'), planText('three'));
    await seesPlan('three');
  });

  it('may be a dangling link for a while, or a file', async () => {
    const { root, data, file } = tempHome('without data');
    symlinkSync(join(root, 'target'), data);
    const { sees, seesPlan } = follow(file);
    await sees({ state: 'absent' });
    mkdirSync(join(root, 'target'));
    writeFileSync(join(root, 'target', 'upgrade-info.json'), planText('v2'));
    await seesPlan('v2');
    unlinkSync(data);
    writeFileSync(data, 'not a directory');
    await sees({ state: expect.stringMatching(/absent|unreadable/) as string });
    unlinkSync(data);
    mkdirSync(data);
    writeFileSync(file, planText('v3'));
    await seesPlan('v3');
  });
});

describe('changes that raise no event in the directory', () => {
  it('are found by polling when the file is a link to one elsewhere', async () => {
    const { root, file } = tempHome();
    const elsewhere = join(root, 'elsewhere.json');
    writeFileSync(elsewhere, planText('v1'));
    symlinkSync(elsewhere, file);
    const { sees, seesPlan } = follow(file);
    await seesPlan('v1');
    writeFileSync(elsewhere, planText('v2'));
    await seesPlan('v2');
    writeFileSync(elsewhere, '');
    await sees({ reason: 'empty' });
    writeFileSync(elsewhere, planText('v3'));
    await seesPlan('v3');
  });

  it('are found by polling when the file has a second name elsewhere', async () => {
    const { root, file } = tempHome();
    writeFileSync(file, planText('v1'));
    linkSync(file, join(root, 'second'));
    const { seesPlan } = follow(file);
    await seesPlan('v1');
    writeFileSync(join(root, 'second'), planText('v2'));
    await seesPlan('v2');
  });

  it.skipIf(!PYTHON)(
    'are found by the slow safety net at last, and events are not relied on any more (needs python3)',
    async () => {
      const { file } = tempHome();
      writeFileSync(file, planText('v1'));
      const { seesPlan, noted } = follow(file);
      await seesPlan('v1');
      replaceThroughMemory(file, 'v1', 'v2');
      await seesPlan('v2');
      await noted('events-unreliable');
      replaceThroughMemory(file, 'v2', 'v3');
      await seesPlan('v3');
    },
  );

  it('are found by polling when a directory above is a link that is pointed elsewhere', async () => {
    const root = tempDir();
    for (const name of ['one', 'two']) {
      mkdirSync(join(root, name, 'data'), { recursive: true });
      writeFileSync(join(root, name, 'data', 'upgrade-info.json'), planText(name));
    }
    symlinkSync(join(root, 'one'), join(root, 'home'));
    const { seesPlan, noted } = follow(join(root, 'home', 'data', 'upgrade-info.json'));
    await seesPlan('one');
    symlinkSync(join(root, 'two'), join(root, 'next'));
    renameSync(join(root, 'next'), join(root, 'home'));
    await seesPlan('two');
    await noted('directory-replaced');
  });
});

/** Writes through a shared mapping, of which inotify knows nothing. */
function replaceThroughMemory(file: string, from: string, to: string): void {
  const script = `
import mmap, sys
with open(sys.argv[1], 'r+b') as f, mmap.mmap(f.fileno(), 0) as m:
    at = m.find(sys.argv[2].encode()); m[at:at+2] = sys.argv[3].encode(); m.flush()`;
  expect(spawnSync('python3', ['-c', script, file, from, to]).status).toBe(0);
}
