import type { Layout } from '@chainvisor/layout';
import { finishRestore } from './finish.js';

/**
 * Ends a restore of this home's data that was cut short, before anything reads the data: the caller holds the home's lock.
 * `say` is told what was done. Throws BackupError, CliError and LayoutError: then what data and which binary are in place is
 * not certain to belong together, and no node is to be started.
 */
export async function endRestore(layout: Layout, say: (message: string) => void): Promise<void> {
  const { recoverRestore } = await import('@chainvisor/backup');
  const closed: string[] = [];
  const recovered = await recoverRestore(layout.data, { finish: finishRestore(layout, (told) => closed.push(told)) });
  if (recovered === 'nothing') return;
  say(
    recovered === 'old'
      ? 'a restore of a backup was cut short before it changed anything: it is undone, data and binary are those from before'
      : 'a restore of a backup was cut short and is finished now: data and binary are those of the backup',
  );
  for (const told of closed) say(told);
}
