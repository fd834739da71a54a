import { statSync } from 'node:fs';
import { type Account, type AccountOptions, findAccount, mustFindAccount } from './accounts.js';
import { HostError, isAbsent, readFailed } from './errors.js';
import { below } from './unit-paths.js';

/** Whose services are made. */
export interface NodeAccountOptions extends AccountOptions {
  /** The name that the operator gave. */
  readonly user: string | undefined;
  /** The directories of the node, the one that tells first; the owner of the first that is not root's is meant. */
  readonly owned: readonly string[];
}

/** A user whose number an image does not tell has none. */
export type NodeAccount = Account | (Pick<Account, 'name'> & { readonly uid?: undefined; readonly gid?: undefined });

/**
 * The user that a node's services run as: the one named, else the owner of its directories.
 *
 * @throws HostError `SYSTEMD_HOST_USER_MISSING`, `SYSTEMD_HOST_READ_FAILED`, `SYSTEMD_HOST_TOOL_FAILED`
 */
export async function nodeAccount({ user, owned, root, path }: NodeAccountOptions): Promise<NodeAccount> {
  if (user !== undefined) {
    // An image's users may be made at its first boot.
    const found = root === undefined ? await mustFindAccount(user, { path }) : await findAccount(user, { root });
    return found ?? { name: user };
  }
  const uids = owned.flatMap((directory) => ownerOf(below(root, directory)));
  const uid = uids.find((each) => each !== 0) ?? uids[0];
  if (uid !== undefined) return mustFindAccount(uid, { root, path });
  throw new HostError(
    'SYSTEMD_HOST_USER_MISSING',
    `nothing tells the user: ${owned.map((path) => below(root, path)).join(' and ')} are not there`,
    {
      hint: 'name the user that the node runs as by --user',
    },
  );
}

function ownerOf(path: string): readonly number[] {
  try {
    return [statSync(path).uid];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw readFailed(`cannot look at ${path}`, error);
  }
}
