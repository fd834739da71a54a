import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { errno } from '@chainvisor/report';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** A user of this machine, with every group that he is in. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly groups: readonly number[];
}

const answerWithin = 5000;

/** The user that we are. */
export function ownAccount(): Account {
  const uid = process.geteuid?.() ?? 0;
  const groups = [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])];
  return { name: userName(uid), uid, groups };
}

function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that nobody has.
    return `uid ${uid}`;
  }
}

/**
 * A user by name or number, wherever this machine has its users from. Undefined where there is none, or id(1) does not say.
 * `group` is one that the unit adds.
 */
export async function accountOf(name: string, group: string | undefined): Promise<Account | undefined> {
  try {
    const [uid, groups, added] = await Promise.all([
      id('-u', name),
      id('-G', name),
      group === undefined ? [] : groupOf(group),
    ]);
    const [number] = uid;
    return number === undefined ? undefined : { name, uid: number, groups: [...groups, ...added] };
  } catch {
    return undefined;
  }
}

/** The user of a file or a process's directory, by number where nobody has that; undefined where it cannot be looked at. */
export async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const { uid, gid } = found;
  const own = ownAccount();
  if (uid === own.uid) return own;
  const name = await nameOf(uid);
  const known = name === undefined ? undefined : await accountOf(name, undefined);
  return known ?? { name: `uid ${uid}`, uid, groups: [gid] };
}

async function nameOf(uid: number): Promise<string | undefined> {
  const said = await promisify(execFile)('getent', ['passwd', String(uid)], { timeout: answerWithin }).catch(
    () => undefined,
  );
  return said?.stdout.split(':')[0];
}

async function id(flag: string, name: string): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('id', [flag, '--', name], { timeout: answerWithin });
  return stdout.trim().split(/\s+/).map(Number).filter(Number.isInteger);
}

async function groupOf(name: string): Promise<readonly number[]> {
  if (/^\d+$/.test(name)) return [Number(name)];
  const { stdout } = await promisify(execFile)('getent', ['group', name], { timeout: answerWithin });
  const number = Number(stdout.split(':')[2]);
  return Number.isInteger(number) ? [number] : [];
}

/** What somebody may not do with a path; undefined where he may. */
export type Refusal =
  | { readonly because: 'absent' | 'read-only' | 'unknown'; readonly path: string }
  /** He may not, by owner, group and mode. */
  | { readonly because: 'rights'; readonly path: string; readonly mode: string; readonly uid: number };

type Right = 'read' | 'write' | 'list';

const bits = { read: 4, write: 2, list: 5 } as const;
const masks = { read: constants.R_OK, write: constants.W_OK, list: constants.R_OK | constants.X_OK } as const;

/**
 * Whether an account has a right to a path, links followed: the kernel's own answer where that account is ours, else by owner,
 * groups and mode of it and of all directories above. Access lists are not looked at.
 */
export async function refusalOf(account: Account, path: string, right: Right): Promise<Refusal | undefined> {
  const own = await access(path, masks[right]).then(
    () => undefined,
    (error: unknown) => errno(error) ?? 'unknown',
  );
  if (own === 'ENOENT' || own === 'ENOTDIR') return { because: 'absent', path };
  if (own === 'EROFS') return { because: 'read-only', path };
  if (account.uid === ownAccount().uid) {
    if (own === undefined) return undefined;
    return own === 'EACCES' || own === 'EPERM' ? refused(path) : { because: 'unknown', path };
  }
  if (account.uid === 0) return undefined;
  for (let above = dirname(path); ; above = dirname(above)) {
    const refusal = await lacks(account, above, 1);
    if (refusal !== undefined) return refusal;
    if (above === dirname(above)) return lacks(account, path, bits[right]);
  }
}

/** Whether it is there, and this process may not read it. */
export async function isForbidden(path: string): Promise<boolean> {
  const refusal = await refusalOf(ownAccount(), path, 'read');
  return refusal?.because === 'rights';
}

async function refused(path: string): Promise<Refusal> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? { because: 'unknown', path } : byRights(path, found);
}

async function lacks({ uid, groups }: Account, path: string, wanted: number): Promise<Refusal | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return { because: 'unknown', path };
  const shift = found.uid === uid ? 6 : groups.includes(found.gid) ? 3 : 0;
  return ((found.mode >> shift) & wanted) === wanted ? undefined : byRights(path, found);
}

function byRights(path: string, { mode, uid }: { readonly mode: number; readonly uid: number }): Refusal {
  return { because: 'rights', path, mode: (mode & 0o7777).toString(8), uid };
}
