import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, infoOf, stepsOf } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import {
  allSteps,
  blocksLater,
  expectSwitchedOnce,
  expectUndisturbed,
  heightOf,
  replaceInfo,
} from '../../src/fake-info.ts';
import { type FakeRun, fakeRun } from '../../src/fake-run.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 2 };
const whole = infoOf('0.53', v2);

/** How a file of a height that is already reached comes into being; each leaves it whole. */
interface Writing {
  readonly title: string;
  /** What the file says in the end; the usual line by default. */
  readonly text?: string;
  readonly write: (run: FakeRun, text: string, quiet: () => Promise<void>) => Promise<void>;
  /** False for what Go's own reader refuses. */
  readonly readsInfo?: boolean;
}

const inPlace: Writing['write'] = ({ home }, text) => writeFile(home.infoFile, text);

const writings: readonly Writing[] = [
  {
    title: 'empty for a second, then whole',
    write: async ({ home }, text, quiet) => {
      await writeFile(home.infoFile, '');
      await quiet();
      await appendFile(home.infoFile, text);
    },
  },
  {
    title: 'cut after each of several bytes, then whole',
    write: async ({ home }, text, quiet) => {
      for (const cut of [1, 12, text.length >> 1, text.length - 1]) {
        await writeFile(home.infoFile, text.slice(0, cut));
        await quiet();
      }
      await writeFile(home.infoFile, text);
    },
  },
  {
    title: 'garbage, then good',
    write: async ({ home }, text, quiet) => {
      await writeFile(home.infoFile, '\0\xff{"name":"v2"}}');
      await quiet();
      await writeFile(home.infoFile, text);
    },
  },
  {
    title: '10 MB of garbage, then good',
    write: async ({ home }, text, quiet) => {
      await writeFile(home.infoFile, Buffer.alloc(10e6, '{"name":'));
      await quiet();
      await writeFile(home.infoFile, text);
    },
  },
  { title: 'put there by rename', write: replaceInfo },
  {
    title: 'older than everything around it',
    write: async ({ home }, text) => {
      await writeFile(`${home.infoFile}.new`, text);
      await utimes(`${home.infoFile}.new`, 1e9, 1e9);
      await rename(`${home.infoFile}.new`, home.infoFile);
    },
  },
  {
    title: 'given an old time after it was written',
    write: async ({ home }, text, quiet) => {
      await writeFile(home.infoFile, '');
      await quiet();
      await writeFile(home.infoFile, text);
      await utimes(home.infoFile, 1e9, 1e9);
    },
  },
  {
    title: 'a link to a file elsewhere, which is written later',
    write: async ({ home }, text, quiet) => {
      const elsewhere = join(home.dir, 'info.json');
      await symlink(elsewhere, home.infoFile);
      await quiet();
      await writeFile(elsewhere, text);
    },
  },
  { title: 'with its height as a string', text: '{"name":"v2","height":"2"}', write: inPlace, readsInfo: false },
  { title: 'with the time of year 1', text: `{"name":"v2","time":"0001-01-01T00:00:00Z","height":2}`, write: inPlace },
  { title: 'without a time', text: '{"name":"v2","height":2,"info":""}', write: inPlace },
  { title: 'with keys that nobody knows', text: '{"a":{"b":[1,{}]},"name":"v2","height":2,"z":null}', write: inPlace },
  { title: 'over many lines', text: '\n {\n\t"name" : "v2",\r\n\t"height" : 2 }\n\n', write: inPlace },
  {
    title: 'with an info of 10 MB',
    text: JSON.stringify({ ...v2, info: 'https://example.com/'.repeat(500_000) }),
    write: inPlace,
  },
];

describe.concurrent('a file is acted on once it is whole', () => {
  it.for(writings)('$title', async ({ text = whole, write, readsInfo = true }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2', { readsInfo });
    const supervisor = run.start();
    await run.reached(3);
    await write(run, text, async () => {
      await blocksLater(run, 20);
      await expectUndisturbed(t.expect, run, supervisor);
    });
    await expectSwitchedOnce(t.expect, run, supervisor, v2, text);
  });

  it('as the node writes it, empty and half for a second each', async (t) => {
    const plan = { name: 'v2', height: 6 };
    const run = await fakeRun(t, { chain: { plans: [plan], writeGap: 1000 } });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
  });

  it('that is rewritten over and over, half by half', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_RESTART_DELAY: '3s' });
    await run.reached(3);
    while (!supervisor.log().includes('node stopped')) {
      await writeFile(run.home.infoFile, whole.slice(0, 20));
      await appendFile(run.home.infoFile, whole.slice(20));
    }
    await expectSwitchedOnce(t.expect, run, supervisor, v2, whole);
  });

  it('with the name of the last one and a greater height', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(3);
    await replaceInfo(run, whole);
    await supervisor.saw(/upgrade verified/);
    await run.worked(2);

    // One that the node is past for certain: what follows would else depend on how many blocks it makes until it is stopped.
    const again = { name: 'v2', height: (await heightOf(run)) - 1 };
    await replaceInfo(run, infoOf('0.53', again));
    await supervisor.saw(new RegExp(`upgrade verified.* height=${again.height}`));
    await run.worked(3);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
    t.expect(await stepsOf(run, v2)).toEqual(allSteps);
    t.expect(await stepsOf(run, again)).toEqual(allSteps.filter((step) => step !== 'pre-upgrade-done'));
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    t.expect(await readFile(run.at('upgrades/v2/upgrade-info.json'), 'utf8')).toBe(infoOf('0.53', again));
  });
});

describe.concurrent('a file that nobody can read', () => {
  it.for([
    { title: 'empty', text: '' },
    { title: 'blank', text: ' \n' },
    { title: 'half', text: whole.slice(0, -1) },
    { title: 'two objects', text: whole + whole },
    { title: 'not JSON', text: 'UPGRADE "v2" NEEDED at height: 2' },
    { title: 'without a name', text: '{"height":2}' },
    { title: 'by time', text: '{"name":"v2","time":"2024-01-01T00:00:00Z","height":2}' },
    { title: 'a height that is none', text: '{"name":"v2","height":2.5}' },
    { title: '10 MB of one bracket', text: '['.repeat(10e6) },
  ])('changes nothing while the node lives: $title', async ({ text }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(3);
    await writeFile(run.home.infoFile, text);
    await blocksLater(run, 20);
    await expectUndisturbed(t.expect, run, supervisor);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect((await readFile(run.home.infoFile, 'utf8')) === text).toBe(true);
    t.expect(existsSync(run.at('.chainvisor/quarantine'))).toBe(false);
  });

  it.for([
    { title: 'a directory', place: (path: string) => mkdir(path) },
    { title: 'a named pipe', place: (path: string) => promisify(execFile)('mkfifo', [path]) },
    { title: 'a link to itself', place: (path: string) => symlink('upgrade-info.json', path) },
  ])('changes nothing while the node lives: $title', async ({ place }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(3);
    await place(run.home.infoFile);
    await blocksLater(run, 20);
    await expectUndisturbed(t.expect, run, supervisor);
    await rm(run.home.infoFile, { recursive: true });
    await writeFile(run.home.infoFile, whole);
    await expectSwitchedOnce(t.expect, run, supervisor, v2, whole);
  });
});
