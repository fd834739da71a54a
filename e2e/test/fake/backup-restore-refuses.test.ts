import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { backup, besides, failedUpgrade, inData, json } from '../../src/fake-backup-commands.ts';
import { livesOf } from '../../src/fake-facts.ts';
import type { FakeRun } from '../../src/fake-run.ts';
import { journalOf } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 3 });

async function stateOf(run: FakeRun): Promise<unknown> {
  return JSON.parse(await readFile(inData(run, 'priv_validator_state.json'), 'utf8'));
}

async function setState(run: FakeRun, height: number): Promise<void> {
  const text = JSON.stringify({ height: String(height), round: 0, step: 3 });
  await writeFile(inData(run, 'priv_validator_state.json'), text);
}

describe.concurrent('backup restore', () => {
  it.for([
    {
      what: 'a file of the backup that is missing',
      code: 65,
      said: /is damaged: application\.db\/CURRENT is missing/,
      break: (_: FakeRun, path: string) => rm(join(path, 'application.db/CURRENT')),
    },
    {
      what: 'a manifest that cannot be read',
      code: 65,
      said: /manifest\.jsonl/,
      break: (_: FakeRun, path: string) => writeFile(join(path, '.chainvisor-backup/manifest.jsonl'), '{'),
    },
    {
      what: 'a binary that is gone',
      code: 67,
      said: /genesis has no binary/,
      break: ({ home }: FakeRun) => rm(home.genesisBinary),
    },
    {
      what: 'a directory that is no backup',
      code: 66,
      said: /is no backup/,
      break: async (_: FakeRun, path: string) => {
        await rm(path, { recursive: true });
        await mkdir(path);
      },
    },
    {
      what: 'a validator state that nobody knows',
      code: 66,
      said: /nothing says what the validator has signed last/,
      break: (run: FakeRun) => writeFile(inData(run, 'priv_validator_state.json'), '{}'),
    },
    {
      what: 'a current that is no link',
      code: 66,
      said: /current is a directory, not a link/,
      break: async (run: FakeRun) => {
        await rm(run.at('current'));
        await mkdir(run.at('current'));
      },
    },
  ])('changes nothing for $what', async ({ code, said, break: damage }, t) => {
    const { run, name } = await failedUpgrade(t);
    await damage(run, join(run.home.home, name));
    const before = await treeOf(inData(run));
    const refused = await backup(run, 'restore', name, '--yes');
    t.expect(refused).toMatchObject({ code, stdout: '' });
    t.expect(refused.stderr).toMatch(said);
    t.expect(refused.stderr).toMatch(/^ {2}do: ./m);
    t.expect(await treeOf(inData(run))).toEqual(before);
    t.expect(await besides(run)).toEqual([name]);
  });
});

describe.concurrent('a restore never lets the validator sign from an older state', () => {
  it('where the live one is newer', async (t) => {
    const { run, name } = await failedUpgrade(t);
    await setState(run, 70);
    const { code, stdout } = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect(code).toBe(0);
    t.expect(json(stdout)).toMatchObject({ validator: { height: 70, from: 'live' } });
    t.expect(await stateOf(run)).toMatchObject({ height: '70' });
  });

  it('where the live file is gone: what was signed after the last record is not known', async (t) => {
    const { run, name } = await failedUpgrade(t);
    await rm(inData(run, 'priv_validator_state.json'));
    const before = await treeOf(inData(run));
    const { code, stderr } = await backup(run, 'restore', name, '--yes');
    t.expect(code).toBe(66);
    t.expect(stderr).toMatch(
      /priv_validator_state\.json is missing[^]*on record is height 5[^]*put the newest file back/,
    );
    t.expect(await treeOf(inData(run))).toEqual(before);
    t.expect(await besides(run)).toEqual([name]);
    // The operator's own word.
    await writeFile(inData(run, 'priv_validator_state.json'), '{"height":"9","round":0,"step":0}');
    t.expect((await backup(run, 'restore', name, '--yes')).code).toBe(0);
    t.expect(await stateOf(run)).toMatchObject({ height: '9' });
  });

  it('where the one on record is newer than the live one', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const recorded = (await journalOf(run.home.home)).findLast(({ kind }) => kind === 'validator');
    t.expect(recorded).toMatchObject({ height: 5, step: 3 });
    await setState(run, 2);
    await setStateOfBackup(run, name, 3);
    const { code, stdout } = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect(code).toBe(0);
    t.expect(json(stdout)).toMatchObject({ validator: { height: 5, round: 0, step: 3, from: 'record' } });
    t.expect(await stateOf(run)).toMatchObject({ height: '5', round: 0, step: 3 });
    const supervisor = run.start();
    await supervisor.ended;
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v1', 'v2']);
  });

  it('where config.toml keeps it outside the data: it is not touched', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const config = join(run.home.home, 'config/config.toml');
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace('"data/priv_validator_state.json"', '"kept/state.json"'),
    );
    const kept = join(run.home.home, 'kept');
    await mkdir(kept);
    await writeFile(join(kept, 'state.json'), JSON.stringify({ height: '60', round: 1, step: 2 }));
    const before = await treeOf(kept);
    const { code, stdout } = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect(code).toBe(0);
    t.expect(json(stdout)).toMatchObject({ validator: { height: 60, round: 1, step: 2 } });
    t.expect(await treeOf(kept)).toEqual(before);
  });
});

/** Puts an older state into a backup, of the same length and time. */
async function setStateOfBackup({ home }: FakeRun, name: string, height: number): Promise<void> {
  const path = join(home.home, name, 'priv_validator_state.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/"height": "\d+"/, `"height": "${height}"`));
  await utimes(path, 0, 0);
}
