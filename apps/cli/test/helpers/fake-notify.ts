import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './temp.js';

/** A program in the place of systemd-notify, which writes down what it was told, in its environment too. */
export interface FakeNotify {
  readonly file: string;
  /** The directory that it is in. */
  readonly bin: string;
  /** The arguments of each call, in the order of their begin; those of one call are joined by ` | `. */
  readonly told: () => readonly string[];
  /** Whether two ever ran at once. */
  readonly overlapped: () => boolean;
  /** The environment of the last call. */
  readonly env: () => readonly string[];
  /** From now on, or until `let go`, it does not end. */
  readonly hold: () => Promise<void>;
  readonly letGo: () => void;
  /** What a call runs after it has written down what it was told; `exit 0` ends it well. */
  readonly does: (script: string) => Promise<void>;
}

/** Puts that program into a temporary directory. */
export async function fakeNotify(): Promise<FakeNotify> {
  const dir = await tempDir();
  const bin = join(dir, 'bin');
  const at = (name: string) => join(dir, name);
  await mkdir(bin);
  const file = join(bin, 'systemd-notify');
  const script = `#!/bin/sh
    [ ! -e '${at('busy')}' ] || : > '${at('overlapped')}'
    : > '${at('busy')}'
    env > '${at('env')}'
    line=$1; shift
    for word in "$@"; do line="$line | $word"; done
    printf '%s\\n' "$line" >> '${at('told')}'
    . '${at('does')}'
    while [ -e '${at('hold')}' ]; do sleep 0.02; done
    rm '${at('busy')}'\n`;
  await writeFile(at('does'), '');
  await writeFile(file, script, { mode: 0o755 });
  const lines = (path: string) =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : ([] as readonly string[]);
  return {
    file,
    bin,
    told: () => lines(at('told')),
    overlapped: () => existsSync(at('overlapped')),
    env: () => lines(at('env')),
    hold: () => writeFile(at('hold'), ''),
    letGo: () => rmSync(at('hold')),
    does: (text: string) => writeFile(at('does'), `rm '${at('busy')}'\n${text}\n`),
  };
}
