import { isatty } from 'node:tty';
import { writeTo } from './output.js';

const redrawn = 100;
const width = 24;
const clearLine = '\r\u001b[K';

/** A bar on a terminal's last line. */
export interface Progress {
  show(progress: { readonly phase: string; readonly bytes: number; readonly total?: number }): void;
  /** Takes it away, for other lines. */
  clear(): void;
}

/** The bar on stderr where that is a terminal, otherwise one that shows nothing. */
export function progressBar(wanted: boolean): Progress {
  if (!wanted || !isatty(2)) return { show: () => undefined, clear: () => undefined };
  let [drawnAt, isDrawn] = [-Infinity, false];
  return {
    show({ phase, bytes, total }) {
      const now = performance.now();
      if (now - drawnAt < redrawn && bytes !== total) return;
      [drawnAt, isDrawn] = [now, true];
      writeTo(2, clearLine + barOf(phase, bytes, total));
    },
    clear() {
      if (isDrawn) writeTo(2, clearLine);
      isDrawn = false;
    },
  };
}

/** `download [=====>    ] 42 %  12.3 of 29.1 MB`, or the bytes alone where the total is not known. */
export function barOf(phase: string, bytes: number, total: number | undefined): string {
  const done = (bytes / 1e6).toFixed(1);
  if (total === undefined || total <= 0) return `${phase} ${done} MB`;
  const part = Math.min(bytes / total, 1);
  const bar = '='.repeat(Math.round(part * width)).padEnd(width);
  return `${phase} [${bar}] ${Math.floor(part * 100)} %  ${done} of ${(total / 1e6).toFixed(1)} MB`;
}
