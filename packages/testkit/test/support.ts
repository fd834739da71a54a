import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import {
  type FakeBinary,
  type FakeChain,
  type FakeEvent,
  type FakeHome,
  makeFakeHome,
  type Profile,
  waitFor,
} from '../src/index.ts';

export const PROFILES: readonly Profile[] = ['0.45', '0.47', '0.50', '0.53'];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  out(): string;
  err(): string;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Runs a command of a fake binary with captured streams. */
export function run(home: FakeHome, path: string, args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(path, args, { env: home.env(env), cwd: home.dir, stdio: ['pipe', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // A grandchild may hold the streams open: what is there by now is what the node said.
      setImmediate(() => setImmediate(() => resolve({ code, signal, ...text })));
    });
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
  });
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    out: () => text.stdout,
    err: () => text.stderr,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** A home that the test removes, with the genesis binary of this profile. */
export async function fakeHome(
  profile: Profile,
  chain: FakeChain = {},
  genesis: Partial<FakeBinary> = {},
): Promise<FakeHome> {
  const home = await makeFakeHome({
    daemon: 'palomad',
    chain: { blockTime: 10, ...chain },
    genesis: { profile, version: 'v1.0.0', ...genesis },
  });
  onTestFinished(() => home.remove());
  return home;
}

export const start = (home: FakeHome, path = home.genesisBinary, ...args: string[]): Run =>
  run(home, path, ['start', ...args]);

type EventOf<K extends FakeEvent['event']> = Extract<FakeEvent, { readonly event: K }>;

export function isEvent<K extends FakeEvent['event']>(event: FakeEvent, kind: K): event is EventOf<K> {
  return event.event === kind;
}

/** The events of one kind so far. */
export async function eventsOf<K extends FakeEvent['event']>(home: FakeHome, kind: K): Promise<EventOf<K>[]> {
  return (await home.events()).filter((event): event is EventOf<K> => isEvent(event, kind));
}

/** Waits for an event of one kind, of one process where a pid is given. */
export function untilEvent<K extends FakeEvent['event']>(home: FakeHome, kind: K, pid?: number): Promise<EventOf<K>> {
  return waitFor(`the event ${kind}`, async () =>
    (await eventsOf(home, kind)).find((event) => pid === undefined || event.pid === pid),
  );
}

export function untilHeight(home: FakeHome, height: number): Promise<true> {
  return waitFor(
    `height ${height}`,
    async () => (await eventsOf(home, 'block')).some((event) => event.height >= height) || undefined,
  );
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
export const plain = (text: string): string => text.replace(ESCAPES, '');

export const PLAN = { name: 'v2', height: 6, info: '' };
export const v2 = (profile: Profile, more: Partial<FakeBinary> = {}): FakeBinary => ({
  profile,
  version: 'v2.0.0',
  handlers: ['v2'],
  ...more,
});
