import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundlePath } from './bundle.ts';
import type { FakeBinary } from './fake-types.ts';

/**
 * Writes an executable file at `path` (its directories too, whatever was there is replaced by rename) that behaves as this release of a daemon.
 * The daemon is called as the file is. It is a script for the running Node and needs testkit's build where that is now.
 * @throws {TestkitError} `NO_BUNDLE`
 */
export async function installFakeNode(path: string, binary: FakeBinary): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const bundle = JSON.stringify(bundlePath());
  // Through getBuiltinModule it also runs where a package.json above makes every file an ES module.
  const text = `#!${process.execPath}
globalThis.fakeBinary = ${JSON.stringify(binary)};
process.getBuiltinModule('node:module').createRequire(${bundle})(${bundle});
`;
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, text, { flag: 'wx' });
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}
