import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';

/** A directory that plays the root of a machine, gone with the test. */
export interface Tree {
  readonly root: string;
  /** A path in it. */
  at(path: string): string;
  /** Writes a file, its directories too. */
  write(path: string, text: string): string;
  link(path: string, target: string): void;
}

export function makeTree(t: TestContext): Tree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'chainvisor-host-')));
  t.onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const at = (path: string): string => join(root, path);
  const ready = (path: string): string => {
    mkdirSync(dirname(at(path)), { recursive: true });
    return at(path);
  };
  return {
    root,
    at,
    write(path, text) {
      writeFileSync(ready(path), text);
      return at(path);
    },
    link: (path, target) => symlinkSync(target, ready(path)),
  };
}
