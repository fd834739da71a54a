import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlanError } from '@chainvisor/plan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInfo, WatcherError, type InfoFact } from '../src/index.js';
import { later, planText, tempDir, tempHome, until } from './support.js';

async function stampOf(file: string): Promise<string> {
  const fact = await readInfo(file);
  return fact.state === 'absent' ? 'absent' : fact.stamp;
}

function errorOf(fact: InfoFact): WatcherError {
  if (fact.state !== 'unreadable') throw new Error(`the fact is ${fact.state}`);
  return fact.error;
}

describe('reading the upgrade-info file once', () => {
  it('gives the plan and the very bytes of a complete file', async () => {
    const { file } = tempHome();
    const text = planText('v9.9.9', 24, '{"binaries":{}}');
    writeFileSync(file, text);
    const fact = await readInfo(file);
    expect(fact).toMatchObject({ state: 'plan', plan: { name: 'v9.9.9', height: 24, info: '{"binaries":{}}' } });
    expect(fact.state === 'plan' && new TextDecoder().decode(fact.bytes)).toBe(text);
  });

  it('calls a missing file, a missing directory and a dangling link absent', async () => {
    const { data, file } = tempHome();
    symlinkSync(join(data, 'nowhere'), join(data, 'link'));
    expect(await readInfo(file)).toEqual({ state: 'absent' });
    expect(await readInfo(join(data, 'no', 'such', 'file'))).toEqual({ state: 'absent' });
    expect(await readInfo(join(data, 'link'))).toEqual({ state: 'absent' });
  });

  it.each([
    ['no bytes', '', 'empty', 'INFO_EMPTY'],
    ['a prefix', '{"name":"v2","hei', 'malformed', 'INFO_MALFORMED'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'malformed', 'INFO_MALFORMED'],
    ['a plan without a name', '{"height":3}', 'malformed', 'INFO_MALFORMED'],
    ['zero bytes after a power loss', Buffer.alloc(64), 'malformed', 'INFO_MALFORMED'],
  ])('says why %s is no plan, naming the file and keeping the cause', async (_, content, reason, code) => {
    const { file } = tempHome();
    writeFileSync(file, content);
    const fact = await readInfo(file);
    expect(fact).toMatchObject({ state: 'unreadable', reason, stamp: expect.any(String) as string });
    const error = errorOf(fact);
    expect(error).toBeInstanceOf(WatcherError);
    expect(error.code).toBe(code);
    expect(error.name).toBe('WatcherError');
    expect(error.message).toContain(file);
    expect(error.cause).toBeInstanceOf(PlanError);
  });

  it('reads a plan of 10 MB', async () => {
    const { file } = tempHome();
    const info = 'i'.repeat(10_000_000);
    writeFileSync(file, planText('big', 5, info));
    expect(await readInfo(file)).toMatchObject({ state: 'plan', plan: { name: 'big', info } });
  });

  it('refuses a file of more than 32 MiB without reading it', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v2'));
    truncateSync(file, 32 * 1024 * 1024 + 1);
    const fact = await readInfo(file);
    expect(fact).toMatchObject({ state: 'unreadable', reason: 'too-large' });
    expect(errorOf(fact)).toMatchObject({ code: 'INFO_TOO_LARGE', hint: expect.any(String) as string });
    truncateSync(file, 32 * 1024 * 1024);
    expect(await readInfo(file)).toMatchObject({ reason: 'malformed' });
  });

  it('takes a directory and a named pipe for no file, and is not held by the pipe', async () => {
    const directory = tempDir();
    const pipe = join(directory, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    expect(await readInfo(pipe)).toMatchObject({ reason: 'not-a-file', error: { code: 'INFO_NOT_A_FILE' } });
    expect(await readInfo(directory)).toMatchObject({ reason: 'not-a-file' });
  });

  it('keeps the stamp of a directory in its place whatever is put into it', async () => {
    const directory = tempDir();
    const before = await stampOf(directory);
    mkdirSync(join(directory, 'entry'));
    expect(await stampOf(directory)).toBe(before);
  });

  it('reports what the operating system refuses as a fact', async () => {
    const { root } = tempHome();
    const loop = join(root, 'loop');
    symlinkSync(loop, loop);
    const fact = await readInfo(loop);
    expect(fact).toMatchObject({ state: 'unreadable', reason: 'io', stamp: 'error:ELOOP' });
    expect(errorOf(fact)).toMatchObject({ code: 'INFO_IO', hint: expect.stringContaining('permissions') as string });
    expect(errorOf(fact).message).toContain(loop);
    expect(await readInfo('a\0b')).toMatchObject({ reason: 'io' });
  });

  it('is only ever a plan when the whole content is one', async () => {
    const { file } = tempHome();
    const text = planText('näme', 1_000_000, 'a "quoted" info');
    const whole = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (length) => {
        writeFileSync(file, whole.subarray(0, length));
        expect((await readInfo(file)).state).toBe(length === whole.length ? 'plan' : 'unreadable');
      }),
    );
  });

  it('never throws for any content', async () => {
    const { file } = tempHome();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          writeFileSync(file, bytes);
          expect(['plan', 'unreadable']).toContain((await readInfo(file)).state);
        },
      ),
    );
  });

  it('never mixes two contents while another process rewrites the file without a pause', async () => {
    const { file } = tempHome();
    const script = `
      const { writeFileSync } = require('node:fs');
      const text = (letter) => JSON.stringify({ name: letter, height: 7, info: letter.repeat(300_000) });
      const texts = [text('a'), text('b')];
      for (let turn = 0; ; turn += 1) writeFileSync(process.argv[1], texts[turn % 2]);`;
    const writer = spawn(process.execPath, ['-e', script, file], { stdio: 'ignore' });
    const gone = new Promise((resolve) => writer.once('close', resolve));
    later(() => void writer.kill('SIGKILL'));
    await until(async () => expect((await readInfo(file)).state).not.toBe('absent'));

    const names = new Set<string>();
    for (let read = 0; read < 20_000 && (read < 500 || names.size < 2); read += 1) {
      const fact = await readInfo(file);
      if (fact.state !== 'plan') continue;
      names.add(fact.plan.name);
      if (fact.plan.info !== fact.plan.name.repeat(300_000)) throw new Error('the content is a mixture');
    }
    writer.kill('SIGKILL');
    await gone;
    expect(names.size).toBeGreaterThan(0);
  });
});

describe('the stamp', () => {
  it('stays while nothing is written, and through chmod and a new hard link', async () => {
    const { data, file } = tempHome();
    writeFileSync(file, planText('v2'));
    const stamp = await stampOf(file);
    expect(await stampOf(file)).toBe(stamp);
    chmodSync(file, 0o640);
    linkSync(file, join(data, 'backup'));
    expect(await stampOf(file)).toBe(stamp);
  });

  it.each([
    ['an older modification time', (file: string) => utimesSync(file, 1_000_000_000, 1_000_000_000)],
    ['the same name in another inode', replaceKeepingTimes],
    ['other bytes of the same size with the time put back', rewriteKeepingTimes],
    ['one byte more', (file: string) => writeFileSync(file, ' ', { flag: 'a' })],
  ])('changes with %s', async (_, change) => {
    const { file } = tempHome();
    writeFileSync(file, planText('v2'));
    utimesSync(file, 1_500_000_000, 1_500_000_000);
    const stamp = await stampOf(file);
    change(file);
    expect(await stampOf(file)).not.toBe(stamp);
  });

  it('changes when the same bytes are written again', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v2'));
    const stamp = await stampOf(file);
    // Again and again, because the clock of an older kernel stands still for some milliseconds.
    await until(async () => {
      writeFileSync(file, planText('v2'));
      expect(await stampOf(file)).not.toBe(stamp);
    });
  });
});

function replaceKeepingTimes(file: string): void {
  // The old inode is kept busy, or its number might be given out again.
  linkSync(file, `${file}.old`);
  rmSync(file);
  writeFileSync(file, planText('v2'));
  utimesSync(file, 1_500_000_000, 1_500_000_000);
}

function rewriteKeepingTimes(file: string): void {
  writeFileSync(file, planText('v3'));
  utimesSync(file, 1_500_000_000, 1_500_000_000);
}
