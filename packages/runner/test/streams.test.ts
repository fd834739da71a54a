import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { env, fixturePath } from './helpers/sandbox.js';

const HALF = 50 * 1024 * 1024;
const LINE = '0123456789abcde\n';

/** Reads slower than a writer writes. */
async function readSlowly(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (chunks.length % 16 === 0) await pause(1);
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** What a parent and its writers said into one sink, taken apart. */
async function run(mode: 'supervise' | 'careless', sink: 'pipe' | 'socket') {
  const command = { pipe: 'exec 2>&1; "$@" | cat', socket: 'exec 2>&1; exec "$@"' }[sink];
  const args = ['-c', command, 'sh', process.execPath, fixturePath('stream-parent.js'), mode, `${HALF}`];
  // Node's own "pipes" to a child are pairs of Unix sockets.
  const child = spawn('/bin/sh', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await readSlowly(child.stdout);
  const report = /REPORT (.*)\n$/.exec(text)?.[1] ?? '{}';
  const own = text.match(/PARENT \d+\n/g) ?? [];
  const rest = text.replaceAll(/PARENT \d+\n|REPORT .*\n/g, '');
  return { rest, own, report: JSON.parse(report) as { codes?: number[]; nonBlocking?: number; lines?: number } };
}

describe('the streams of a child', () => {
  it.each(['pipe', 'socket'] as const)(
    'bring 100 MB whole through a slow reader over a %s, between lines of its supervisor and other programs',
    async (sink) => {
      const { rest, own, report } = await run('supervise', sink);
      expect(report).toMatchObject({ codes: [0, 0], nonBlocking: 0 });
      expect(own.length).toBe((report.lines ?? 0) + 4);
      expect(rest.length).toBe(2 * HALF);
      expect(rest === LINE.repeat((2 * HALF) / LINE.length)).toBe(true);
    },
    180_000,
  );

  it.each(['pipe', 'socket'] as const)(
    'lose data over a %s where the parent touches them after a spawn',
    async (sink) => {
      const { rest, report } = await run('careless', sink);
      expect(report.nonBlocking).toBeGreaterThan(0);
      expect(rest.length).toBeLessThan(HALF);
    },
  );
});
