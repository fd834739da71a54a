import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The line of the built program that is run before everything else, with another Node than this one. */
function startedWith(version: string): { code: number | undefined; said: string } {
  const [shebang, line = ''] = readFileSync(join(import.meta.dirname, '../dist/main.js'), 'utf8').split('\n', 2);
  expect(shebang).toBe('#!/usr/bin/env node');
  let code: number | undefined;
  let said = '';
  const fake = {
    versions: { node: version },
    version: `v${version}`,
    argv: ['node', '/opt/chainvisor/main.js'],
    stderr: { write: (text: string) => (said += text) },
    exit: (given: number) => (code = given),
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is a line of our own program
  (new Function('process', line) as (process: unknown) => void)(fake);
  return { code, said };
}

it.each(['12.22.12', '20.20.2', '22.18.0'])('refuses Node %s with one sentence and what to do', (version) => {
  const { code, said } = startedWith(version);
  expect(code).toBe(78);
  expect(said).toBe(
    `Error: chainvisor needs Node.js 22.19 or newer, this is v${version}\n  do: install a newer Node.js, or call it by its path: /path/to/node /opt/chainvisor/main.js\n`,
  );
});

it.each(['22.19.0', '24.0.0', '26.10.0'])('says nothing on Node %s', (version) => {
  expect(startedWith(version)).toEqual({ code: undefined, said: '' });
});
