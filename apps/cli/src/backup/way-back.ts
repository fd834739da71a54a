import { binaryIn } from '@chainvisor/layout';
import { basename } from 'node:path';
import type { History } from '../journal/history.js';
import type { Context } from '../supervise/context.js';
import { targetDir } from '../supervise/target.js';
import { quoted } from '../use/choice.js';
import { backupFor } from './made-for.js';

/**
 * How to undo an upgrade whose new binary was not seen to execute the block of its height: a sentence with the command to type.
 * Undefined where no finished backup was made for it. Never rejects.
 */
export async function wayBack(
  { layout, settings }: Pick<Context, 'layout' | 'settings'>,
  { name, height, from, to }: NonNullable<History['unverified']>,
): Promise<string | undefined> {
  const backup = await backupFor(layout, settings, { name, height }).catch(() => undefined);
  if (backup === undefined) return undefined;
  // By its path where the setting that says where it is may be the unit's alone, not the operator's shell's.
  const word = settings.dataBackupDir === undefined ? basename(backup.path) : backup.path;
  const file = binaryIn(layout, targetDir(layout, to));
  return `chainvisor backup restore ${quoted(word)} brings ${from} back at the height before; it halts at ${height} again and is then upgraded again, so put a mended binary at ${file} first`;
}
