export type Phase = 'scanning' | 'copying' | 'syncing' | 'hashing';

export interface Progress {
  readonly phase: Phase;
  /** Files, directories and links that are done, and all of them; while scanning the number that was found. */
  readonly files: number;
  readonly totalFiles: number;
  /** Bytes that are done, and all of them: those of a linked or cloned file count too. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Bytes a second since this phase began. */
  readonly rate: number;
  /** Milliseconds until this phase ends, if it goes on like that; undefined while nothing can be said. */
  readonly remaining: number | undefined;
}

export interface ProgressOptions {
  /** Called at the begin and end of each phase, and at most ten times a second in between. Must not throw. */
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds on any monotonic clock; `performance.now` by default. */
  readonly now?: () => number;
}

export interface Meter {
  begin(phase: Phase, totalFiles: number, totalBytes: number): void;
  add(files: number, bytes: number): void;
  end(): void;
}

const EVERY = 100;

export function createMeter({ onProgress, now = () => performance.now() }: ProgressOptions): Meter {
  let phase: Phase = 'scanning';
  let [files, totalFiles, bytes, totalBytes, began, told] = [0, 0, 0, 0, 0, 0];
  const tell = (time: number): void => {
    told = time;
    const seconds = (time - began) / 1000;
    const rate = seconds > 0 ? bytes / seconds : 0;
    const left = Math.max(0, totalBytes - bytes);
    const remaining = phase === 'scanning' || rate === 0 ? undefined : (left / rate) * 1000;
    onProgress?.({ phase, files, totalFiles, bytes, totalBytes, rate, remaining });
  };
  return {
    begin(which, allFiles, allBytes) {
      phase = which;
      [files, totalFiles, bytes, totalBytes] = [0, allFiles, 0, allBytes];
      began = now();
      tell(began);
    },
    add(moreFiles, moreBytes) {
      files += moreFiles;
      bytes += moreBytes;
      if (phase === 'scanning') [totalFiles, totalBytes] = [files, bytes];
      if (onProgress === undefined) return;
      const time = now();
      if (time - told >= EVERY) tell(time);
    },
    end: () => tell(now()),
  };
}
