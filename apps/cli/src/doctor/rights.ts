import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backupsDir } from '../backup/made-for.js';
import { type Account, type Refusal, refusalOf } from './account.js';
import { type Check, checker, counted } from './check.js';
import type { HomeFacts } from './facts.js';

const { ok, warning, error } = checker('layout');

/** So many entries of the data are looked at: a file of another user's is most often in the first directories. */
const most = 2000;

/** Whether the user that a supervisor runs as may do with the home what it must. */
export async function rightsOf(
  { layout, settings: { values } }: HomeFacts,
  account: Account | undefined,
): Promise<readonly Check[]> {
  // That there is no such user is told of the unit.
  if (account === undefined) return [];
  const places = [
    { path: layout.home, right: 'write', what: 'the home' },
    { path: layout.data, right: 'write', what: 'the data' },
    { path: layout.root, right: 'write', what: 'cosmovisor/' },
    { path: layout.upgrades, right: 'list', what: 'the upgrades' },
    { path: layout.own, right: 'write', what: 'the records of chainvisor' },
    { path: layout.journal, right: 'write', what: 'the journal' },
    { path: join(layout.home, 'config', 'node_key.json'), right: 'read', what: "the node's key" },
    { path: join(layout.home, 'config', 'priv_validator_key.json'), right: 'read', what: "the validator's key" },
    ...(values.skipBackup
      ? []
      : [{ path: backupsDir(values, layout), right: 'write', what: 'the place of backups' } as const]),
  ] as const;
  const seen = new Set<string>();
  const checks: Check[] = [];
  for (const { path, right, what } of places) {
    const refusal = await refusalOf(account, path, right);
    if (refusal === undefined || refusal.because === 'absent' || seen.has(refusal.path)) continue;
    seen.add(refusal.path);
    checks.push(describe(account, refusal, `${right === 'write' ? 'write to' : 'read'} ${what}`));
  }
  if (checks.length === 0) checks.push(...(await ofData(account, layout.data)));
  return checks.length > 0 ? checks : [ok(`${account.name} may read and write what the node needs`)];
}

function describe({ name }: Account, refusal: Refusal, act: string): Check {
  const where = refusal.path;
  switch (refusal.because) {
    case 'rights':
      return error(`${name} may not ${act}`, {
        why: `it belongs to uid ${refusal.uid}, mode ${refusal.mode}`,
        do: `chown it, with all that is in it, to ${name}; or run the node as the user who owns it (User=)`,
        where,
      });
    case 'read-only':
      return error(`nobody may ${act}: the file system is mounted read-only`, {
        do: 'mount it for writing; look at the kernel log (dmesg), as a failing disk is made read-only',
        where,
      });
    case 'unknown':
    case 'absent':
      return warning(`whether ${name} may ${act} cannot be told`, {
        do: name === 'root' ? 'look at what is there' : `run this as root or as ${name}`,
        where,
      });
  }
}

/** A command that somebody ran as root on the home leaves files that the node cannot open any more. */
async function ofData(account: Account, data: string): Promise<Check[]> {
  if (account.uid === 0) return [];
  const strange: string[] = [];
  let left = most;
  for (const directory of [data, ...(await directoriesIn(data))]) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (left-- <= 0) break;
      const path = join(directory, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && !mayWrite(account, found)) strange.push(path);
    }
  }
  const [first] = strange;
  if (first === undefined) return [];
  return [
    error(`${account.name} may not write to ${counted(strange.length, 'file')} of the data`, {
      why: 'a command of the node was run as another user; the node does not start, or stops at them',
      do: `with the node stopped: chown -R ${account.name} ${data}`,
      where: first,
    }),
  ];
}

async function directoriesIn(data: string): Promise<readonly string[]> {
  const entries = await readdir(data, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(data, name));
}

function mayWrite({ uid, groups }: Account, found: { uid: number; gid: number; mode: number }): boolean {
  // An owner may give himself the right.
  if (found.uid === uid) return true;
  return (found.mode & (groups.includes(found.gid) ? 0o020 : 0o002)) !== 0;
}
