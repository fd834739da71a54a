import { isatty, WriteStream } from 'node:tty';
import { writeTo } from './write.js';

const redrawn = 100;
const width = 24;
/** A bar that is narrower tells nothing. */
const narrowest = 5;
const [fewestColumns, usualColumns] = [10, 80];
const clearLine = '\r\u001b[K';

/** A bar on a terminal's last line. */
export interface ProgressBar {
  show(progress: { readonly phase: string; readonly bytes: number; readonly total?: number }): void;
  /** Takes it away, for other lines. */
  clear(): void;
}

/** The bar on stderr where that is a terminal, otherwise one that shows nothing. */
export function progressBar(wanted = true): ProgressBar {
  if (!wanted || !isatty(2)) return { show: () => undefined, clear: () => undefined };
  const columns = columnsOf(2);
  let [drawnAt, isDrawn] = [-Infinity, false];
  return {
    show({ phase, bytes, total }) {
      const now = performance.now();
      if (now - drawnAt < redrawn && bytes !== total) return;
      [drawnAt, isDrawn] = [now, true];
      writeTo(2, clearLine + barOf(phase, bytes, total, columns));
    },
    clear() {
      if (isDrawn) writeTo(2, clearLine);
      isDrawn = false;
    },
  };
}

/** How wide a terminal is; never closed, as that could take the descriptor with it. */
function columnsOf(fd: number): number {
  try {
    const terminal = new WriteStream(fd);
    (terminal as { unref?: () => void }).unref?.();
    // Those that are not told have none.
    return terminal.columns > 0 ? Math.max(terminal.columns, fewestColumns) : usualColumns;
  } catch {
    return usualColumns;
  }
}

/**
 * `download [=====     ] 42 %  12.3 of 29.1 MB`, or the bytes alone where the total is not known; shorter where a terminal of
 * so many columns would break it into two lines, which could not be taken away again.
 */
export function barOf(phase: string, bytes: number, total: number | undefined, columns: number): string {
  const [unit, size] = (total ?? bytes) < 1e10 ? ['MB', 1e6] : ['GB', 1e9];
  const done = (bytes / size).toFixed(1);
  const room = columns - 1;
  if (total === undefined || total <= 0) return `${phase} ${done} ${unit}`.slice(0, room);
  const part = Math.min(bytes / total, 1);
  const percent = `${Math.floor(part * 100)} %`;
  const amount = `${percent}  ${done} of ${(total / size).toFixed(1)} ${unit}`;
  const inner = Math.min(width, room - `${phase} [] ${amount}`.length);
  if (inner < narrowest)
    return (`${phase} ${amount}`.length > room ? `${phase} ${percent}` : `${phase} ${amount}`).slice(0, room);
  return `${phase} [${'='.repeat(Math.round(part * inner)).padEnd(inner)}] ${amount}`;
}
