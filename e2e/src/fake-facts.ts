import type { FakeEvent } from '@chainvisor/testkit';

/** One run of `start`, from its first line to its last. */
export interface Life {
  readonly pid: number;
  readonly version: string;
  /** The executable as it was called. */
  readonly path: string;
  readonly from: number;
  /** Absent where it was killed, or still lives. */
  readonly to: number | undefined;
  readonly code: number | string | undefined;
}

type Kind<K extends FakeEvent['event']> = Extract<FakeEvent, { readonly event: K }>;

/** The events of one kind. */
export function only<K extends FakeEvent['event']>(events: readonly FakeEvent[], kind: K): Kind<K>[] {
  return events.filter((event): event is Kind<K> => event.event === kind);
}

/** Every node that was started, oldest first. */
export function livesOf(events: readonly FakeEvent[]): Life[] {
  return only(events, 'start').map(({ pid, version, path, at }) => {
    const end = only(events, 'end').find((event) => event.pid === pid);
    return { pid, version, path, from: at, to: end?.at, code: end?.code };
  });
}

/** Which versions executed each height; more than one entry is a height that was executed twice. */
export function executions(events: readonly FakeEvent[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const { height, version } of only(events, 'block')) found.set(height, [...(found.get(height) ?? []), version]);
  return found;
}

/** When the supervisor called a node dead, by pid: what a killed node cannot tell itself. */
export function saidStopped(log: string): Map<number, number> {
  const lines = log.matchAll(/^(\S+) INF node stopped pid=(\d+)/gm);
  return new Map([...lines].map(([, at = '', pid]) => [Number(pid), Date.parse(at)]));
}

/** Pairs of nodes of which the later was started before the earlier had ended; none is right. */
export function overlaps(events: readonly FakeEvent[], log: string): string[] {
  const lives = livesOf(events);
  const stopped = saidStopped(log);
  return lives.flatMap((later, index) =>
    lives
      .slice(0, index)
      .filter((earlier) => (earlier.to ?? stopped.get(earlier.pid) ?? Infinity) > later.from)
      .map((earlier) => `${earlier.version} (${earlier.pid}) lived when ${later.version} (${later.pid}) was started`),
  );
}
