import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { later, planText, tempHome, until } from './support.js';

const NOBODY = 65_534;
// Permissions do not hold the superuser back, so there the watching process runs as somebody else.
const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

it.each([
  ['the file', 0o000, 0o755],
  ['its directory', 0o644, 0o000],
])('calls it unreadable where permissions forbid %s, and reads it as soon as they allow it', async (_, file, data) => {
  const home = tempHome();
  chmodSync(home.root, 0o755);
  writeFileSync(home.file, planText('v2'));
  chmodSync(home.file, file);
  chmodSync(home.data, data);
  later(() => chmodSync(home.data, 0o755));

  const script = join(import.meta.dirname, 'children', 'follow.ts');
  const child = spawn(process.execPath, [script, home.file, 'plan'], {
    ...identity,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  later(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const errors = text(child.stderr);

  await until(() => expect(output).toBe('io\n'));
  chmodSync(home.data, 0o755);
  chmodSync(home.file, 0o644);
  await until(() => expect(output).toBe('io\nplan\n'));
  expect(await errors).toBe('');
});
