import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestkitError } from './errors.ts';

/**
 * Absolute path of the built fake node.
 * @throws {TestkitError} `NO_BUNDLE` before the package's build has run.
 */
export function bundlePath(): string {
  const path = fileURLToPath(new URL('../dist/fake-node.cjs', import.meta.url));
  if (existsSync(path)) return path;
  throw new TestkitError('NO_BUNDLE', `the fake node is not built: ${path} does not exist`, {
    hint: 'run `node build.ts` in packages/testkit',
  });
}
