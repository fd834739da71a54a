import fc from 'fast-check';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type JournalRecord, parseJournal } from '../src/journal/records.js';
import { bundleChild, nobody, runChild } from './helpers/child.js';
import { newPath, open, readBack, write } from './helpers/journals.js';
import { bare, ended, lineOf, started, upgradeRecord } from './helpers/records.js';

describe('the journal', () => {
  it('makes its directory, and reads back what was appended', async () => {
    const path = await newPath();
    const records: JournalRecord[] = [
      started,
      { kind: 'file', text: '{"name":"v2","height":10}\n' },
      upgradeRecord('detected'),
      { ...upgradeRecord('failed'), detail: 'said "no"\nand left' },
      { kind: 'current', target: 'upgrades/v2', from: 'genesis' },
      { ...ended, height: 11 },
    ];
    const first = open(path);
    for (const record of records) await first.journal.append(record);
    expect(first.journal.history()).toMatchObject({ current: 'upgrades/v2', height: 11 });
    await first.journal.close();

    const second = open(path);
    expect(second.journal.history()).toMatchObject({ current: 'upgrades/v2', height: 11, open: { to: 'upgrades/v2' } });
    expect([...first.troubles, ...second.troubles]).toEqual([]);
    const { records: stored, passedOver } = readBack(path);
    expect(bare(stored)).toEqual(records);
    expect(passedOver).toBe(0);
    expect(stored.every(({ at }) => new Date(at).toISOString() === at)).toBe(true);
    expect(statSync(path).mode & 0o133).toBe(0);
  });

  it('has a record in its history and in the file at once, before it is synced', async () => {
    const path = await newPath();
    const { journal } = open(path);
    expect(journal.history().lastGood).toBeUndefined();
    const appended = journal.append({ kind: 'file', text: 'x' });
    expect(journal.history().lastGood).toBe('x');
    expect(bare(readBack(path).records)).toEqual([{ kind: 'file', text: 'x' }]);
    await appended;
  });

  it('keeps any text whole, one line a record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), async (texts) => {
        const records = texts.map((text) => lineOf({ kind: 'file', text })).join('');
        expect(parseJournal(records).records.map((record) => record.kind === 'file' && record.text)).toEqual(texts);
        expect(records.split('\n')).toHaveLength(texts.length + 1);
        await Promise.resolve();
      }),
    );
  });

  it('is empty, and says nothing, where there is no file', async () => {
    const { journal, troubles } = open(await newPath());
    expect(journal.history().current).toBeUndefined();
    expect(troubles).toEqual([]);
  });

  it('passes over a torn last line, and the next record does not go down with it', async () => {
    const path = await newPath();
    const torn = lineOf(upgradeRecord('detected'));
    for (const cut of [1, 20, torn.length - 2]) {
      write(path, lineOf(started) + torn.slice(0, cut));
      const first = open(path);
      expect(first.troubles).toEqual([`lines of the journal were passed over: 1 in ${path}`]);
      expect(first.journal.history()).toMatchObject({ current: 'genesis', open: undefined });
      await first.journal.append(ended);
      await first.journal.append(upgradeRecord('detected', 'v3', 20));
      await first.journal.close();
      expect(open(path).journal.history().open?.plan.name).toBe('v3');
      expect(readBack(path)).toMatchObject({ passedOver: 1, records: [{}, ended, { name: 'v3' }] });
    }
  });

  it('takes a last line that lacks only its newline', async () => {
    const path = await newPath();
    write(path, lineOf(upgradeRecord('detected')).trimEnd());
    const { journal, troubles } = open(path);
    expect(troubles).toEqual([]);
    expect(journal.history().open?.plan.name).toBe('v2');
    await journal.append(upgradeRecord('switched'));
    expect(readBack(path)).toMatchObject({ passedOver: 0, records: [{ step: 'detected' }, { step: 'switched' }] });
  });

  const garbage = [
    'no json\n',
    '{}\n',
    'null\n',
    '42\n',
    '[]\n',
    '"x"\n',
    '\u0000\u0000\u0000\n',
    '{"v":1}\n',
    lineOf(started, { kind: 'constructor' }),
    lineOf(started, { kind: 'unheard-of' }),
    lineOf(started, { target: 5 }),
    lineOf(started, { v: undefined }),
    lineOf(started, { v: '1' }),
    lineOf(ended, { height: '10' }),
    lineOf(ended, { height: 1.5 }),
    lineOf({ kind: 'file', text: '' }, { text: undefined }),
    lineOf({ kind: 'current', target: '' }, { target: null }),
    lineOf(upgradeRecord('detected'), { height: null }),
    lineOf(upgradeRecord('detected'), { height: '10' }),
    lineOf(upgradeRecord('detected'), { step: undefined }),
    lineOf(upgradeRecord('detected'), { name: 2 }),
    lineOf(upgradeRecord('detected'), { from: undefined }),
    lineOf(upgradeRecord('detected'), { to: {} }),
  ];

  it.each(garbage)('passes over %j', async (line) => {
    const path = await newPath();
    write(path, lineOf(started) + line + lineOf({ kind: 'file', text: 'good' }));
    const { journal, troubles } = open(path);
    expect(troubles).toEqual([`lines of the journal were passed over: 1 in ${path}`]);
    expect(journal.history()).toMatchObject({
      current: 'genesis',
      lastGood: 'good',
      open: undefined,
      height: undefined,
    });
  });

  it('passes over the records of a newer version with one warning, and leaves them where they are', async () => {
    const path = await newPath();
    const newer = lineOf(upgradeRecord('detected', 'v9', 99), { v: 2 }) + lineOf(started, { v: 2, target: 'x' });
    write(path, lineOf(started) + newer);
    const { journal, troubles } = open(path);
    await journal.append(ended);
    expect(troubles).toEqual([
      `a newer chainvisor wrote to the journal: what it recorded is not known here, disk decides: 2 lines in ${path}`,
    ]);
    expect(journal.history()).toMatchObject({ open: undefined, current: 'genesis' });
    expect(readFileSync(path, 'utf8')).toContain(newer);
  });

  it('never throws, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), (text, json) => {
        expect(parseJournal(`${text}\n${json}\n`).records).toEqual([]);
      }),
    );
  });
});

describe('a journal that cannot be kept', () => {
  it('is kept in memory where a file is in the place of its directory', async () => {
    const path = await newPath();
    writeFileSync(dirname(path), '');
    const { journal, troubles } = open(path);
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toMatch(/^the journal cannot be read: going on by what is on disk: ENOTDIR/);
    expect(troubles[1]).toMatch(/^the journal cannot be written: going on by what is on disk, and trying again: /);
    await journal.append(upgradeRecord('detected'));
    await journal.append(upgradeRecord('script-begun'));
    expect(journal.history().stepsDone({ name: 'v2', height: 10, info: '' }, 'script-begun')).toBe(1);
    expect(troubles).toHaveLength(2);
  });

  it('is kept in memory where a directory is in the place of the file', async () => {
    const path = await newPath();
    await mkdir(path, { recursive: true });
    const { journal, troubles } = open(path);
    expect(troubles.map((trouble) => trouble.split(':')[0])).toEqual([
      'the journal cannot be read',
      'the journal cannot be written',
    ]);
    await journal.append(started);
    expect(journal.history().current).toBe('genesis');
  });

  const program = `
    import { openJournal } from '../src/journal/journal.js';
    const troubles: string[] = [];
    const journal = openJournal(process.argv[2] ?? '', (message) => void troubles.push(message));
    const before = journal.history().lastGood;
    for (const text of ['one', 'two', 'x'.repeat(2000)]) await journal.append({ kind: 'file', text });
    journal.close();
    console.log(JSON.stringify({ troubles, before, after: journal.history().lastGood?.length }));
  `;

  it('is read, and warned of once, where it may only be read', async () => {
    const path = await newPath();
    write(path, lineOf({ kind: 'file', text: 'zero' }));
    await chmod(dirname(dirname(path)), 0o755);
    await chmod(path, 0o444);
    await chmod(dirname(path), 0o555);
    const { stdout, stderr } = await runChild(process.execPath, [await bundleChild(program), path], nobody());
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      troubles: ['the journal cannot be written: going on by what is on disk, and trying again'],
      before: 'zero',
      after: 2000,
    });
    expect(bare(readBack(path).records)).toEqual([{ kind: 'file', text: 'zero' }]);
    await chmod(dirname(path), 0o755);
  });

  it('is warned of once where the disk is full in the middle of a record, which the next start outlives', async () => {
    const path = await newPath();
    // A limit of one block for each file stands for a full disk: a part is written, then nothing more.
    const shell = 'trap "" XFSZ; ulimit -f 1; exec "$@"';
    const args = ['-c', shell, '-', process.execPath, await bundleChild(program), path];
    const { stdout, stderr } = await runChild('bash', args);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      troubles: ['the journal cannot be written: going on by what is on disk, and trying again'],
      after: 2000,
    });
    const next = open(path);
    await next.journal.append({ kind: 'file', text: 'five' });
    expect(next.troubles).toEqual([`lines of the journal were passed over: 1 in ${path}`]);
    expect(readBack(path).records).toMatchObject([{ text: 'one' }, { text: 'two' }, { text: 'five' }]);
  });

  it('is written with all that was kept in memory as soon as that is possible again', async () => {
    const path = await newPath();
    writeFileSync(dirname(path), '');
    const { journal, troubles } = open(path);
    await journal.append(upgradeRecord('detected'));
    await journal.append(upgradeRecord('stopped'));
    await rm(dirname(path));
    await journal.append(upgradeRecord('switched'));
    expect(readBack(path).records).toMatchObject([{ step: 'detected' }, { step: 'stopped' }, { step: 'switched' }]);
    expect(troubles).toHaveLength(2);

    // The next outage is told anew.
    await rm(dirname(path), { recursive: true });
    writeFileSync(dirname(path), '');
    await journal.append(started);
    expect(troubles).toHaveLength(3);
  });

  it.each([
    ['anew where it is removed', false, ['detected', 'stopped']],
    ['on behind what somebody has put in its place', true, ['failed', 'stopped']],
  ])('is written %s under us', async (_, replaced, found) => {
    const path = await newPath();
    const { journal, troubles } = open(path);
    await journal.append(upgradeRecord('detected'));
    await rm(path);
    if (replaced) write(path, lineOf(upgradeRecord('failed')));
    await journal.append(upgradeRecord('stopped'));
    expect(readBack(path).records.map((record) => record.kind === 'upgrade' && record.step)).toEqual(found);
    expect(troubles).toEqual([]);
  });

  it('takes records after it was closed, in memory', async () => {
    const path = await newPath();
    const { journal, troubles } = open(path);
    await journal.close();
    await journal.close();
    await journal.append(started);
    expect(journal.history().current).toBe('genesis');
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(troubles).toEqual([]);
  });
});
