import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@chainvisor/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { endOf, startChild } from './helpers/child.js';
import { putBinary } from './helpers/context.js';
import { bundleProgram, makeProgramHome, type ProgramHome } from './helpers/program.js';
import { lineOf, upgradeRecord } from './helpers/records.js';

beforeAll(bundleProgram, 120_000);

const journal = 'cosmovisor/.chainvisor/journal.jsonl';
const info = 'data/upgrade-info.json';
const beside = 'cosmovisor/upgrades/v3/upgrade-info.json';
const v3 = '{"name":"v3","height":10}';
const v4 = '{"name":"v4","height":30}';

/** A home with v2, v3 and v4 staged and `current` at genesis. */
async function home(): Promise<ProgramHome> {
  const made = await makeProgramHome();
  await made.stage('v2', 'v3', 'v4');
  await symlink('genesis', made.layout.current);
  return made;
}

const current = ({ layout }: ProgramHome) => readlinkSync(layout.current);

describe('use', () => {
  it('points current to the binary, with the plan of the file beside it, and records the word', async () => {
    const made = await home();
    await made.write(info, v3);
    await made.write('data/priv_validator_state.json', '{"height":"41","round":0,"step":3}');
    const { code, stdout, stderr } = await made.run('use', 'v3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'current points to upgrades/v3, before to genesis',
      `${made.layout.upgrades}/v3/bin/palomad stands for "v3" at height 10`,
      '',
    ]);
    expect(current(made)).toBe('upgrades/v3');
    expect(made.read(beside)).toBe(v3);
    expect(made.read(info)).toBe(v3);
    expect(made.records()).toEqual([{ kind: 'chosen', target: 'upgrades/v3', validator: 41 }]);
  });

  it('may be said again: the word counts again, nothing else changes', async () => {
    const made = await home();
    await made.write(info, v3);
    const told = [];
    for (let times = 0; times < 2; times++) {
      const { code, stdout } = await made.run('use', 'v3', '--output', 'json');
      expect(code).toBe(0);
      told.push(JSON.parse(stdout));
    }
    const binary = `${made.layout.upgrades}/v3/bin/palomad`;
    const rest = { to: 'upgrades/v3', binary, plan: { name: 'v3', height: 10 }, dryRun: false, warnings: [] };
    expect(told).toEqual([
      { from: 'genesis', ...rest, changed: true },
      { from: 'upgrades/v3', ...rest, changed: false },
    ]);
    expect(made.records().map(({ kind }) => kind)).toEqual(['chosen', 'chosen']);
  });

  it('goes back to genesis, which is for no plan', async () => {
    const made = await home();
    await made.run('use', 'v3');
    await made.write(info, v4);
    const { code, stdout } = await made.run('use', 'genesis', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ from: 'upgrades/v3', to: 'genesis', plan: null, changed: true });
    expect(current(made)).toBe('genesis');
    expect(made.read('cosmovisor/genesis/upgrade-info.json')).toBeUndefined();
  });

  it.each([
    ['not finished', upgradeRecord('stopped', 'v4', 30), 'upgrades/v4'],
    ['not verified yet', upgradeRecord('switched', 'v4', 30), 'upgrades/v4'],
  ])('closes an upgrade that is %s, before its own record', async (now, record) => {
    const made = await home();
    await made.write(journal, lineOf(record));
    const { code, stdout } = await made.run('use', 'upgrades/v3/');
    expect(code).toBe(0);
    expect(stdout).toContain(`warning: the upgrade "v4" at height 30 was ${now}: its record is closed`);
    expect(made.records().slice(1)).toEqual([
      { ...record, step: 'abandoned', detail: 'the operator chose upgrades/v3' },
      { kind: 'chosen', target: 'upgrades/v3' },
    ]);
  });

  it.each([
    ['is absent', undefined, null],
    ['dangles', 'upgrades/lost', 'upgrades/lost'],
    ['is absolute, as cosmovisor 1.6 wrote it', '/dev', '/dev'],
  ])('sets a current that %s', async (_, link, from) => {
    const made = await makeProgramHome();
    await made.stage('v3');
    if (link !== undefined) await symlink(link, made.layout.current);
    const { code, stdout } = await made.run('use', 'v3', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ from, to: 'upgrades/v3', changed: true });
    expect(current(made)).toBe('upgrades/v3');
  });

  it('leaves alone what is no link', async () => {
    const made = await makeProgramHome();
    await made.stage('v3');
    await mkdir(made.layout.current);
    const { code, stdout, stderr } = await made.run('use', 'v3');
    expect({ code, stdout }).toEqual({ code: 66, stdout: '' });
    expect(stderr).toContain(`${made.layout.current} is a directory, not a link`);
    expect(made.records()).toEqual([]);
  });

  it('moves a binary in that lies beside bin/', async () => {
    const made = await home();
    await putBinary(join(made.layout.upgrades, 'v5', 'palomad'));
    expect(await made.run('use', 'v5')).toMatchObject({ code: 0 });
    expect(made.read('cosmovisor/upgrades/v5/bin/palomad')).toBeDefined();
    expect(current(made)).toBe('upgrades/v5');
  });
});

describe('use is refused, and nothing is changed,', () => {
  it.each<[string, readonly string[], number, readonly (string | RegExp)[]]>([
    [
      'for a binary that is not there',
      ['use', 'v9'],
      67,
      ['upgrades/v9 has no binary', 'staged are v2, v3, v4', /do: put palomad at .*\/v9\/bin\/palomad/],
    ],
    ['for a word that is no directory', ['use', '..'], 64, ['".." names no directory']],
    ['for a height that is none', ['use', 'v3', '--height', 'x'], 64, ['--height "x"']],
    ['for an output that is none', ['use', 'v3', '-o', 'yaml'], 64, ['neither text nor json']],
    ['without a word', ['use'], 64, ["missing required argument 'name'"]],
    [
      'where the order of two plans is not known',
      ['use', 'v3'],
      64,
      ['"v4" at height 30', 'chainvisor use v3 --height <that height>'],
    ],
    ['for a height that is another plan’s', ['use', 'v3', '--height', '30'], 64, ['one upgrade at a height']],
    [
      'for a height that the file contradicts',
      ['use', 'v4', '--height', '31'],
      64,
      ['--height 31 contradicts data/upgrade-info.json', '"v4" at height 30'],
    ],
  ])('%s', async (_, args, code, parts) => {
    const made = await home();
    await made.write(info, v4);
    const result = await made.run(...args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    for (const part of parts) expect(result.stderr).toMatch(part);
    expect(current(made)).toBe('genesis');
    expect(made.read(beside)).toBeUndefined();
    expect(made.records()).toEqual([]);
    expect(made.read(info)).toBe(v4);
  });

  it('where a binary cannot run', async () => {
    const made = await home();
    await putBinary(join(made.layout.upgrades, 'v5', 'bin', 'palomad'), 0o644);
    const { code, stderr } = await made.run('use', 'v5');
    expect(code).toBe(67);
    expect(stderr).toContain('run chmod +x');
    expect(current(made)).toBe('genesis');
  });

  it('where the word cannot be put on record', async () => {
    const made = await home();
    await mkdir(join(made.layout.own, 'journal.jsonl'), { recursive: true });
    const { code, stderr } = await made.run('use', 'v3');
    expect(code).toBe(66);
    expect(stderr).toMatch(/Error: nothing can be put on record: .*journal\.jsonl\n {2}why: .*EISDIR/);
    expect(current(made)).toBe('genesis');
  });

  it('where there is no cosmovisor/ at all: none is made', async () => {
    const made = await makeProgramHome();
    await rm(made.layout.root, { recursive: true });
    const { code, stderr } = await made.run('use', 'v3');
    expect(code).toBe(66);
    expect(stderr).toContain(`${made.layout.root} is not a directory`);
    expect(existsSync(made.layout.root)).toBe(false);
  });

  it('while a node that somebody started by hand has the databases', async () => {
    const made = await home();
    await made.write('data/application.db/LOCK', '');
    const lock = join(made.layout.data, 'application.db', 'LOCK');
    const node = startChild('flock', [lock, 'sh', '-c', 'echo locked; sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let said = '';
    node.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitFor('the lock', () => said.includes('locked'));
    try {
      const { code, stdout, stderr } = await made.run('use', 'v3');
      expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
      expect(stderr).toMatch(new RegExp(`process \\d+ \\(.*\\) holds ${lock}\n {2}why: .*\n {2}do: stop it`));
      expect(current(made)).toBe('genesis');
      const dry = await made.run('use', 'v3', '--dry-run');
      expect(dry).toMatchObject({ code: 0 });
      expect(dry.stdout).toMatch(/^warning: without --dry-run this would be refused: something runs, process \d+/);
    } finally {
      if (node.pid !== undefined) process.kill(-node.pid, 'SIGKILL');
    }
  });
});

describe('use with --height', () => {
  it('records the plan that the operator knows of, so that the file of a later one is later', async () => {
    const made = await home();
    await made.write(info, v4);
    const { code, stdout } = await made.run('use', 'V3', '--height', '10');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning: upgrade-info.json names "v4" at height 30: that upgrade is carried out once/);
    expect(stdout).toContain('stands for "V3" at height 10');
    expect(made.read(beside)).toBe('{"name":"V3","height":10}');
    expect(made.read(info)).toBe(v4);
    expect(current(made)).toBe('upgrades/v3');
  });
});

describe('use with --dry-run', () => {
  it('says what it would do and does nothing', async () => {
    const made = await home();
    await made.write(info, v3);
    await putBinary(join(made.layout.upgrades, 'v5', 'palomad'));
    const text = await made.run('use', 'v3', '--dry-run');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /^dry run: current would point to upgrades\/v3, before to genesis\n.* would stand for "v3"/,
    );
    const json = await made.run('use', 'v5', '--height', '20', '--dry-run', '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ dryRun: true, changed: true, plan: { name: 'v5', height: 20 } });
    expect(current(made)).toBe('genesis');
    expect(made.read(beside)).toBeUndefined();
    expect(made.read('cosmovisor/upgrades/v5/palomad')).toBeDefined();
    expect(made.read(journal)).toBeUndefined();
  });
});

describe('use that is killed', () => {
  const words = ({ records }: ProgramHome) => records().filter(({ kind }) => kind === 'chosen');

  it.each<[string, (made: ProgramHome) => boolean]>([
    ['before anything', () => true],
    ['with its lock taken', ({ layout }) => existsSync(join(layout.own, 'supervisor.lock'))],
    ['with the plan placed', ({ read }) => read(beside) !== undefined],
    ['with the word on record', (made) => words(made).length > 0],
    ['with the link renamed', (made) => current(made) === 'upgrades/v3'],
  ])(
    '%s leaves the old binary or the new one with all that belongs to it, and is completed by saying it again',
    async (_, holds) => {
      const made = await home();
      await made.write(info, v3);
      const child = made.start('use', 'v3');
      const ended = endOf(child);
      // Looked at without a pause: the steps are a few milliseconds apart, and whichever is hit, the same must hold.
      while (!holds(made) && child.exitCode === null) await new Promise(setImmediate);
      child.kill('SIGKILL');
      await ended;
      expect(['genesis', 'upgrades/v3']).toContain(current(made));
      if (current(made) === 'upgrades/v3') expect([made.read(beside), words(made).length]).toEqual([v3, 1]);
      if (words(made).length > 0) expect(made.read(beside)).toBe(v3);
      expect([undefined, v3]).toContain(made.read(beside));

      expect(await made.run('use', 'v3')).toMatchObject({ code: 0, stderr: '' });
      expect(current(made)).toBe('upgrades/v3');
      expect(made.read(beside)).toBe(v3);
      expect(words(made).at(-1)).toEqual({ kind: 'chosen', target: 'upgrades/v3' });
    },
  );
});
