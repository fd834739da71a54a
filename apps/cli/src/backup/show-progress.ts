import type { Progress } from '@chainvisor/backup';
import type { ProgressBar } from '@chainvisor/report';

/** Shows how far the library is on a bar; while it counts there is no whole yet. */
export function showProgress(bar: ProgressBar): (progress: Progress) => void {
  return ({ phase, bytes, totalBytes }) =>
    bar.show({ phase, bytes, ...(phase === 'scanning' ? {} : { total: totalBytes }) });
}
