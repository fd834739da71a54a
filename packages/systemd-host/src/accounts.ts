import { readFileSync } from 'node:fs';
import { HostError, isAbsent, readFailed } from './errors.js';
import { runTool } from './run-tool.js';
import { below } from './unit-paths.js';

/** A user of the system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Of the user's first group. */
  readonly gid: number;
  readonly home: string;
}

/** Whose users are meant. */
export interface AccountOptions {
  /** An image whose /etc/passwd counts, instead of what this machine knows from all its sources. */
  readonly root?: string | undefined;
  /** As of PATH. */
  readonly path?: string | undefined;
}

/**
 * The user of a name or number; undefined where there is none.
 *
 * @throws HostError `SYSTEMD_HOST_READ_FAILED`, `SYSTEMD_HOST_TOOL_FAILED`
 */
export async function findAccount(
  user: string | number,
  { root, path }: AccountOptions = {},
): Promise<Account | undefined> {
  const lines = root === undefined ? await entriesOf(user, path) : passwd(below(root, '/etc/passwd'));
  const uid = /^\d+$/.test(String(user)) ? Number(user) : undefined;
  return lines.map(parseEntry).find((account) => account?.name === user || (uid !== undefined && account?.uid === uid));
}

/** As `findAccount`, where a user that is not there is an error `SYSTEMD_HOST_USER_MISSING`. */
export async function mustFindAccount(user: string | number, options: AccountOptions = {}): Promise<Account> {
  const found = await findAccount(user, options);
  if (found !== undefined) return found;
  const what = typeof user === 'number' ? `no user has the number ${user}` : `there is no user ${JSON.stringify(user)}`;
  throw new HostError('SYSTEMD_HOST_USER_MISSING', what, {
    hint: 'make one (useradd --system --create-home NAME), or name another by --user',
  });
}

/** From whatever source the machine has, or from the file where `getent` is not there, as on musl systems it may be. */
async function entriesOf(user: string | number, path: string | undefined): Promise<readonly string[]> {
  try {
    const { stdout } = await runTool('getent', ['passwd', '--', String(user)], path);
    return stdout.split('\n');
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'SYSTEMD_HOST_TOOL_MISSING') throw error;
    return passwd('/etc/passwd');
  }
}

function passwd(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (isAbsent(error)) return [];
    throw readFailed(`cannot read ${file}`, error);
  }
}

function parseEntry(line: string): Account | undefined {
  const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
  if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home };
}
