import type { Layout } from '@chainvisor/layout';
import { type InfoFact, watchInfo } from '@chainvisor/watcher';
import type { Journal } from '../journal/journal.js';
import type { Log } from '../log/log.js';

/** A file larger than this is not kept for being put back: its bytes would go through the journal. */
const mostToKeep = 1024 * 1024;

/** upgrade-info.json as the watcher sees it, from before the first start of a node to the end of the supervisor. */
export interface InfoFile {
  /** The fact of now; the first is awaited by `watchInfoFile`. */
  latest(): InfoFact;
  /** Called at each change until the next call of this. */
  onChange(listener: () => void): void;
  close(): void;
}

/** Starts watching and resolves with the first fact in hand. Each file that parses is put on record (invariant A4). */
export async function watchInfoFile(
  layout: Layout,
  pollInterval: number,
  journal: Journal,
  log: Log,
): Promise<InfoFile> {
  const end = new AbortController();
  const facts = watchInfo({
    file: layout.upgradeInfo,
    pollInterval,
    signal: end.signal,
    onNote: (note) => log.warn(note.message),
  })[Symbol.asyncIterator]();
  const first = await facts.next();
  let latest: InfoFact = first.done === true ? { state: 'absent' } : first.value;
  let listener: () => void = () => undefined;
  keep(latest, journal);

  void (async () => {
    for (;;) {
      const next = await facts.next();
      if (next.done === true) return;
      latest = next.value;
      keep(latest, journal);
      listener();
    }
  })();

  return {
    latest: () => latest,
    onChange: (to) => (listener = to),
    close: () => end.abort(),
  };
}

function keep(fact: InfoFact, journal: Journal): void {
  if (fact.state !== 'plan' || fact.bytes.length > mostToKeep) return;
  const text = Buffer.from(fact.bytes).toString('utf8');
  if (text !== journal.history().lastGood) void journal.append({ kind: 'file', text });
}

/** What identifies the file's present content; `absent` where there is none. */
export function stampOf(fact: InfoFact): string {
  return fact.state === 'absent' ? 'absent' : fact.stamp;
}
