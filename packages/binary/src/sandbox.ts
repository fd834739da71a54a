import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryError, reasonOf } from './errors.js';

/** Directories that a program may fill and that are removed afterwards. */
export interface Sandbox {
  /** Above both; its name is in the environment of everything that the program starts. */
  readonly directory: string;
  readonly home: string;
  readonly tmp: string;
  remove(): Promise<void>;
}

/** Makes a HOME and a TMPDIR, for this user alone. */
export async function makeSandbox(parent: string): Promise<Sandbox> {
  try {
    const directory = await mkdtemp(join(parent, 'chainvisor-version-'));
    const sandbox = {
      directory,
      home: join(directory, 'home'),
      tmp: join(directory, 'tmp'),
      remove: () => remove(directory),
    };
    try {
      await mkdir(sandbox.home, 0o700);
      await mkdir(sandbox.tmp, 0o700);
    } catch (error) {
      await remove(directory);
      throw error;
    }
    return sandbox;
  } catch (cause) {
    if (cause instanceof BinaryError) throw cause;
    throw new BinaryError(
      'BINARY_SANDBOX_FAILED',
      `cannot make a throw-away directory in ${parent}: ${reasonOf(cause)}`,
      `make ${parent} writable for this user, with space left`,
      { cause },
    );
  }
}

async function remove(directory: string): Promise<void> {
  const removal = () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
  try {
    // A program may leave directories that it took the write permission from.
    await removal().catch(async () => {
      await open(directory);
      await removal();
    });
  } catch (cause) {
    throw new BinaryError(
      'BINARY_SANDBOX_FAILED',
      `cannot remove the throw-away directory ${directory}: ${reasonOf(cause)}`,
      `remove ${directory} by hand`,
      { cause },
    );
  }
}

/** Lets this user in everywhere. Links are not followed. */
async function open(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await open(join(directory, entry.name));
  }
}
