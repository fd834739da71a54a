import { environmentFile, installedEnvironment, isFor } from './environment-file.js';
import type { InstallFile } from './install-files.js';
import { markerOf } from './marker.js';
import { type NodeAccount, nodeAccount } from './node-account.js';
import { ourselves } from './ourselves.js';
import { ownProgram } from './own-program.js';
import { serviceName } from './unit-name.js';

/** What an operator may say of the units of a node, whichever app makes them. */
export interface ServiceFlags {
  /** What the node's own unit is called. */
  readonly name: string | undefined;
  /** The user that the node runs as. */
  readonly user: string | undefined;
  /** A program to start instead of the node and the file that run now. */
  readonly exec: string | undefined;
  /** `NAME=value` each. */
  readonly env: readonly string[];
  /** An image that the units are for. */
  readonly root: string | undefined;
  /** Takes over what is of another node, or of somebody else. */
  readonly force: boolean;
}

/** A node, and what an app sets for its services. */
export interface NodeServiceOptions {
  /** Of the node's own unit, without its type. */
  readonly name: string;
  readonly home: string;
  /** The directories of the node, the one that tells its user first. */
  readonly owned: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What is set only where the environment file does not set it: what another app sets as well. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Where the tools of the machine are looked for, as PATH has it. */
  readonly path: string | undefined;
}

/** What all services of a node are made of. */
export interface NodeService {
  readonly account: NodeAccount;
  /** What a unit starts: absolute paths. */
  readonly exec: readonly string[];
  /** Shared by all of them. */
  readonly environment: InstallFile;
  readonly warnings: readonly string[];
}

/**
 * Finds the user of a node's services and what they start, and makes the environment file that they share.
 *
 * @throws HostError `SYSTEMD_HOST_USER_MISSING`, `SYSTEMD_HOST_PROGRAM_TEMPORARY`, `SYSTEMD_HOST_OTHER_HOME`,
 *   `SYSTEMD_HOST_READ_FAILED`, `SYSTEMD_HOST_TOOL_FAILED`; SystemdError for what no environment file can carry
 */
export async function nodeService(
  { user, exec, root, force }: Omit<ServiceFlags, 'name' | 'env'>,
  { name, home, owned, variables, defaults, path }: NodeServiceOptions,
): Promise<NodeService> {
  const account = await nodeAccount({ user, owned, root, path });
  const known = account.uid === undefined ? undefined : account;
  const own = ownProgram({ ourselves: ourselves(), exec, account: known });
  const group = process.getuid?.() === 0 ? account.gid : undefined;
  const { file, warnings } = environmentFile({
    path: environmentPath(name),
    root,
    group,
    variables,
    ...(defaults === undefined ? {} : { defaults }),
    home,
    force,
  });
  return { account, exec: own.exec, environment: file, warnings: [...own.warnings, ...warnings] };
}

/** Where the variables of a node are, on the machine that they are for. */
export function environmentPath(name: string): string {
  return `/etc/chainvisor/${name}.env`;
}

/**
 * What was set when services of a node of that name were installed before; nothing where they were for another home than
 * this one, if it is known already. Throws HostError `SYSTEMD_HOST_NAME_INVALID`, `SYSTEMD_HOST_READ_FAILED`.
 */
export function installedVariables(
  name: string,
  home: string | undefined,
  root: string | undefined,
): Readonly<Record<string, string>> {
  const { variables } = installedEnvironment(environmentPath(serviceName(name)), root);
  return home === undefined || isFor(variables, home) ? variables : {};
}

/** A unit, or a drop-in `NAME.d/FILE` of one, as it is installed: marked as written by `program`. */
export function unitFile(program: string, name: string, text: string): InstallFile {
  return { path: `/etc/systemd/system/${name}`, text: `${markerOf(program)}\n${text}`, mode: 0o644 };
}
