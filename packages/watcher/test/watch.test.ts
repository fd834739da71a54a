import { mkdirSync, openSync, closeSync, renameSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { follow, planText, tempHome, until } from './support.js';

// Longer than any test may take: what is seen under it was reported by an event.
const NEVER = 3_600_000;

describe('watching the upgrade-info file', () => {
  it('gives the fact as it is now first', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v2', 24));
    const { facts, seesPlan } = follow(file, NEVER);
    await seesPlan('v2');
    expect(facts).toHaveLength(1);
  });

  it('sees the file appear and disappear', async () => {
    const { file } = tempHome();
    const { facts, sees, seesPlan } = follow(file, NEVER);
    await sees({ state: 'absent' });
    writeFileSync(file, planText('v2'));
    await seesPlan('v2');
    rmSync(file);
    await sees({ state: 'absent' });
    writeFileSync(file, planText('v3'));
    await seesPlan('v3');
    expect(facts[0]).toEqual({ state: 'absent' });
  });

  it('gives another fact when the same bytes are written again', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v2'));
    const { facts, seesPlan } = follow(file, NEVER);
    await seesPlan('v2');
    await until(() => {
      writeFileSync(file, planText('v2'));
      expect(facts.length).toBeGreaterThan(1);
    });
    await seesPlan('v2');
    expect(new Set(facts.map((fact) => (fact.state === 'absent' ? '' : fact.stamp))).size).toBe(facts.length);
  });

  it('sees content that follows long after the file was truncated', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v1'));
    const { sees, seesPlan } = follow(file, NEVER);
    await seesPlan('v1');
    const descriptor = openSync(file, 'w');
    await sees({ state: 'unreadable', reason: 'empty' });
    writeSync(descriptor, planText('v2'));
    closeSync(descriptor);
    await seesPlan('v2');
  });

  it('takes a file that arrives byte by byte for unreadable until the last one', async () => {
    const { file } = tempHome();
    const { facts, sees, seesPlan } = follow(file, NEVER);
    await sees({ state: 'absent' });
    const bytes = Buffer.from(planText('v2', 24, 'info'));
    const descriptor = openSync(file, 'w');
    for (let index = 0; index < bytes.length - 1; index += 1) {
      writeSync(descriptor, bytes, index, 1);
      if (index % 5 === 0) await sees({ state: 'unreadable' });
    }
    writeSync(descriptor, bytes, bytes.length - 1, 1);
    closeSync(descriptor);
    await seesPlan('v2');
    expect(facts.filter((fact) => fact.state === 'plan')).toHaveLength(1);
  });

  it('recovers from garbage', async () => {
    const { file } = tempHome();
    writeFileSync(file, 'garbage');
    const { sees, seesPlan } = follow(file, NEVER);
    await sees({ state: 'unreadable', reason: 'malformed' });
    writeFileSync(file, planText('v2'));
    await seesPlan('v2');
  });

  it('sees a file that is put in place by rename, and one that is moved away', async () => {
    const { root, file } = tempHome();
    writeFileSync(file, planText('v1'));
    const { sees, seesPlan } = follow(file, NEVER);
    await seesPlan('v1');
    writeFileSync(join(root, 'new'), planText('v2'));
    renameSync(join(root, 'new'), file);
    await seesPlan('v2');
    renameSync(file, join(root, 'away'));
    await sees({ state: 'absent' });
  });

  it('sees a file whose modification time goes back', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v1'));
    const { facts, seesPlan } = follow(file, NEVER);
    await seesPlan('v1');
    utimesSync(file, 1_000_000_000, 1_000_000_000);
    await until(() => expect(facts).toHaveLength(2));
    writeFileSync(file, planText('v2'));
    utimesSync(file, 900_000_000, 900_000_000);
    await seesPlan('v2');
  });

  it('sees a directory in the place of the file come and go', async () => {
    const { file } = tempHome();
    mkdirSync(file);
    const { sees, seesPlan } = follow(file, NEVER);
    await sees({ state: 'unreadable', reason: 'not-a-file' });
    rmSync(file, { recursive: true });
    writeFileSync(file, planText('v2'));
    await seesPlan('v2');
  });

  it('sees a plan of 10 MB', async () => {
    const { file } = tempHome();
    const { seesPlan } = follow(file, NEVER);
    writeFileSync(file, planText('big', 5, 'i'.repeat(10_000_000)));
    await seesPlan('big');
  });

  it('is not woken by other files of the directory', async () => {
    const { data, file } = tempHome();
    writeFileSync(file, planText('v1'));
    const { facts, seesPlan } = follow(file, NEVER);
    await seesPlan('v1');
    for (let height = 1; height <= 200; height += 1) {
      await writeFile(join(data, 'write-file-atomic-1'), `${height}`);
      renameSync(join(data, 'write-file-atomic-1'), join(data, 'priv_validator_state.json'));
    }
    renameSync(join(data, 'priv_validator_state.json'), file);
    await until(() => expect(facts).toHaveLength(2));
  });

  it('ends a thousand rewrites with the last content', async () => {
    const { file } = tempHome();
    const { facts, seesPlan } = follow(file, NEVER);
    for (let turn = 1; turn <= 500; turn += 1) writeFileSync(file, planText(`v${turn}`));
    await seesPlan('v500');
    for (let turn = 501; turn <= 1000; turn += 1) await writeFile(file, planText(`v${turn}`));
    await seesPlan('v1000');
    for (const fact of facts) expect(fact).not.toMatchObject({ reason: 'io' });
  });

  it('serves several watches of one file', async () => {
    const { file } = tempHome();
    const followers = [follow(file, NEVER), follow(file, NEVER), follow(file, 20)];
    writeFileSync(file, planText('v2'));
    for (const { seesPlan } of followers) await seesPlan('v2');
    await followers[0]?.stop();
    writeFileSync(file, planText('v3'));
    for (const { seesPlan } of followers.slice(1)) await seesPlan('v3');
    expect(followers[0]?.facts.at(-1)).toMatchObject({ plan: { name: 'v2' } });
  });

  it('watches a file that is named like its directory', async () => {
    const { root } = tempHome();
    const directory = join(root, 'same');
    mkdirSync(directory);
    const { seesPlan, notes } = follow(join(directory, 'same'), NEVER);
    for (const name of ['v1', 'v2']) {
      writeFileSync(join(directory, 'same'), planText(name));
      await seesPlan(name);
    }
    expect(notes.filter(({ kind }) => kind !== 'events-unreliable')).toEqual([]);
  });
});
