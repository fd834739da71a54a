import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import type { TestContext } from 'vitest';

import type { Patient } from './doctor.ts';
import { giveTo, nobody } from './other-user.ts';

/** What root has made in the home is the node's. */
export async function handOver({ run }: Patient): Promise<void> {
  if (process.getuid?.() === 0) await giveTo(nobody, run.home.dir);
}

/** Replaces a text in a file. */
export async function edit(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (text.replace(from, to) === text) throw new Error(`${path} has no ${String(from)}`);
  await writeFile(path, text.replace(from, to));
}

/** Points `current` elsewhere. */
export async function linkCurrent({ run }: Patient, target: string): Promise<void> {
  await rm(run.at('current'));
  await symlink(target, run.at('current'));
}

/** Listens on the port of the node's RPC, and answers nothing. */
export async function takePort(t: TestContext, port: number): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A line of the journal. */
export const record = (fields: object): string =>
  `${JSON.stringify({ v: 1, at: '2026-01-01T00:00:00Z', ...fields })}\n`;
