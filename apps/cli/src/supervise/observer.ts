import { askApplication, askStatus, readNodeId, resolveRpcAddress } from '@chainvisor/chain';
import type { Context } from './context.js';

/** How often the node is asked: seldom while nothing is due, often while an answer decides something. */
const paces = { idle: 30_000, behind: 5000, waiting: 500, near: 50 } as const;
type Pace = keyof typeof paces;

/** A busy node may take seconds to answer, and one that is taken for silent is upgraded after the settle time. */
const answerWithin = 5000;

/** One reading of our own node; what does not answer, or answers under another node's id, gives none. */
export interface Reading {
  /** Height of the last stored block, which at a halt is the upgrade's. */
  readonly stored: number;
  /** Height that the application has committed: the one that proves progress. Asked only while it matters. */
  readonly application: number | undefined;
  readonly catchingUp: boolean;
}

/** Asks our own child for its height, at a pace. */
export interface Observer {
  /** The last reading of this child. */
  latest(): Reading | undefined;
  setPace(pace: Pace): void;
  /** Asks at once, after what is being asked, and goes on at the pace. Resolves with the end of the question. */
  ask(): Promise<void>;
  close(): void;
}

/**
 * Starts observing a child that was just spawned from `binary`. `onAnswer` is called after every question, with no
 * reading where nobody answered; `wantApplication` says whether the application's height matters now. The node's id is
 * read from its key, as port 26657 may be another's.
 */
export async function observe(
  ctx: Context,
  binary: string,
  wantApplication: (stored: number, before: Reading | undefined) => boolean,
  onAnswer: (reading: Reading | undefined) => void,
): Promise<Observer> {
  const address = await resolveRpcAddress({
    args: ctx.args,
    home: ctx.layout.home,
    env: ctx.env,
    executable: binary,
  });
  const end = new AbortController();
  let nodeId: string | undefined;
  let latest: Reading | undefined;
  let pace: Pace = 'idle';
  let timer: NodeJS.Timeout | undefined;
  let asking: Promise<void> | undefined;

  const gone = () => end.signal.aborted;
  const question = async (): Promise<void> => {
    if (gone()) return;
    // A node makes its key at its first start.
    nodeId ??= await readNodeId(ctx.layout.home);
    const bounds = { address, timeout: answerWithin, signal: end.signal };
    const status = await askStatus(bounds);
    if (gone()) return;
    if (!status.reachable || status.nodeId !== nodeId) {
      onAnswer(undefined);
      return;
    }
    const application = wantApplication(status.height, latest) ? await askApplication(bounds) : undefined;
    if (gone()) return;
    latest = {
      stored: status.height,
      application: application?.reachable === true ? application.height : undefined,
      catchingUp: status.catchingUp,
    };
    onAnswer(latest);
  };

  const ask = (): Promise<void> => {
    clearTimeout(timer);
    const asked = (asking ?? Promise.resolve()).then(question).finally(() => {
      if (asking !== asked) return;
      asking = undefined;
      schedule();
    });
    asking = asked;
    return asked;
  };

  const schedule = () => {
    clearTimeout(timer);
    if (!gone()) timer = setTimeout(() => void ask(), paces[pace]);
  };

  schedule();
  return {
    latest: () => latest,
    setPace: (to) => {
      if (to === pace) return;
      pace = to;
      if (asking === undefined) schedule();
    },
    ask,
    close: () => {
      end.abort();
      clearTimeout(timer);
    },
  };
}
