import { clearUnfinished, listBackups } from '@chainvisor/backup';
import { reasonOf } from '@chainvisor/report';
import { statfs } from 'node:fs/promises';
import { backupsDir } from '../backup/made-for.js';
import { oldDataOf } from '../backup/old-data.js';
import { roomOf } from '../backup/room.js';
import { sizeText } from '../backup/texts.js';
import { isDirectory } from '../is-directory.js';
import { lookAtBackups } from '../supervise/announce-backups.js';
import { ownAccount } from './account.js';
import { type Check, checker, counted } from './check.js';
import type { Facts, HomeFacts } from './facts.js';
import { within } from './within.js';

const { ok, note, warning, error } = checker('space');

/** Every file of the data is looked at where a copy is to be made: on a large one that is left for another time. */
const lookFor = 15_000;

/** Below this a node cannot work for long, in bytes. */
const leastFree = 1_000_000_000;
/** Names for new files: a backup by links takes few, a node some thousands. */
const leastNames = 10_000;

/** Whether there is room: for the node, and for the backup before an upgrade. */
export async function space({ home, account, signal }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  const disk = await ofDisk(home);
  // That there is no such place is told of the settings.
  if (!isDirectory(backupsDir(home.settings.values, home.layout))) return disk;
  const own = ownAccount();
  const canTell = own.uid === 0 || own.uid === account?.uid;
  const backup = canTell
    ? await ofBackup(home, signal)
    : [note('whether there is room for a backup is told to root and the user of the node alone')];
  return [...disk, ...backup, ...(await ofOld(home))];
}

async function ofDisk({ layout: { data: where } }: HomeFacts): Promise<Check[]> {
  const { bavail, bsize, files, ffree } = await statfs(where);
  const free = bavail * bsize;
  const checks: Check[] = [];
  if (free < leastFree) {
    const what = `there are only ${sizeText(free)} left for the data`;
    checks.push(
      error(what, { why: 'a node whose disk is full stops, and may break its databases', do: 'make room', where }),
    );
  }
  // Some file systems have no fixed number, and say 0.
  if (files > 0 && ffree < leastNames) {
    checks.push(
      error(`there are only ${ffree} inodes left for the data`, {
        why: 'no file can be made without one, however much room there is (df -i)',
        do: 'remove what consists of many small files',
        where,
      }),
    );
  }
  return checks.length > 0 ? checks : [ok(`there are ${sizeText(free)} left for the data`)];
}

/** The same look that a start has. */
async function ofBackup({ layout, settings: { values, sources } }: HomeFacts, signal: AbortSignal): Promise<Check[]> {
  if (values.skipBackup) {
    return [
      note('no backup is made before an upgrade: UNSAFE_SKIP_BACKUP=true', {
        why: 'beside the data a backup by links takes a second and next to no room',
        do: 'leave the setting away',
      }),
    ];
  }
  const checks: Check[] = [];
  const isNamed = sources.backupOutside.from !== 'default';
  try {
    const looked = lookAtBackups({ settings: values, layout }, isNamed, signal, ({ stops, what, fields }) => {
      const { do: mend, parent, path, needed, free } = fields;
      const why = needed === undefined ? undefined : `it takes ${needed}, free are ${free ?? ''}`;
      checks.push((stops ? error : warning)(what, { why, do: mend, where: parent ?? path }));
    });
    await within(lookFor, looked);
  } catch (failed) {
    checks.push(warning('whether there is room for a backup cannot be told', { why: reasonOf(failed) }));
  }
  return checks.length > 0 ? checks : [ok(`backups can be made in ${backupsDir(values, layout)}`)];
}

/** What is kept of former days, and takes room. */
async function ofOld({ layout, settings: { values } }: HomeFacts): Promise<Check[]> {
  const parent = backupsDir(values, layout);
  const [backups, unfinished, aside] = await Promise.all([
    listBackups(parent),
    clearUnfinished(parent, { all: true, dryRun: true }),
    oldDataOf(layout, values),
  ]);
  const own = backups.filter(({ kind }) => kind === 'ours').length;
  const kept = values.backupKeep === 0 ? 'all are kept' : `the newest ${values.backupKeep} are kept`;
  const checks = [note(own === 0 ? `there are no backups yet; ${kept}` : `${counted(own, 'backup')} of ours; ${kept}`)];
  if (unfinished.length > 0) {
    checks.push(
      note(`${counted(unfinished.length, 'backup')} under way, or cut off`, {
        do: 'the next backup removes what was cut off; chainvisor backup prune does so now',
        where: parent,
      }),
    );
  }
  if (aside.length > 0) {
    const { freed } = await within(lookFor, roomOf(aside.map(({ path }) => path)));
    checks.push(
      note(`restores have put data aside that takes ${sizeText(freed)}`, {
        do: 'once nobody wants it back: chainvisor backup prune --old-data',
        where: aside.map(({ path }) => path).join(', '),
      }),
    );
  }
  return checks;
}
