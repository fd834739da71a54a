import { RunnerError } from '@chainvisor/runner';
import { constants } from 'node:os';

/** What the operator, a terminal or systemd may send. Node keeps SIGUSR1 for its debugger unless somebody listens. */
const relayed = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** The signals that ask for an end. A node takes SIGHUP and the others as its own affair. */
const asksToStop: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT']);

/** Where there is no node, a terminal that hangs up asks for an end too: the next node would not hear of it. */
const asksToStopAlone: ReadonlySet<NodeJS.Signals> = new Set([...asksToStop, 'SIGHUP']);

/** The operator's word, from the first moment of the process on. Invariant A9. */
export interface Operator {
  /** Aborts at the first signal that asks for an end: steps without a node end there. */
  readonly stop: AbortSignal;
  /** The code to exit with where no node's own applies: 128 + the signal's number; undefined while nobody asked. */
  exitCode(): number | undefined;
  /** The first signal that asked for an end. */
  asked(): NodeJS.Signals | undefined;
  /** An error that nobody caught: a bug of ours. The node is then asked to stop as if the operator had. */
  failure(): unknown;
  /** Signals go to `target` until the returned function is called. One target at a time. */
  direct(target: (signal: NodeJS.Signals) => void): () => void;
}

/** Installs the handlers. Call it before anything else: what comes before kills the process, which has done nothing yet. */
export function listenToOperator(): Operator {
  const stop = new AbortController();
  let asked: NodeJS.Signals | undefined;
  let target: ((signal: NodeJS.Signals) => void) | undefined;
  for (const signal of relayed) {
    process.on(signal, () => {
      const ends = (target === undefined ? asksToStopAlone : asksToStop).has(signal);
      if (ends) asked ??= signal;
      target?.(signal);
      if (ends) stop.abort();
    });
  }
  let failure: unknown;
  const onBug = (error: unknown) => {
    failure ??= error;
    asked ??= 'SIGTERM';
    target?.('SIGTERM');
    stop.abort();
  };
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
  return {
    failure: () => failure,
    asked: () => asked,
    stop: stop.signal,
    exitCode: () => (asked === undefined ? undefined : 128 + constants.signals[asked]),
    direct: (to) => {
      target = to;
      return () => {
        if (target === to) target = undefined;
      };
    },
  };
}

/** Thrown where the operator's signal ends a step: nothing failed, nothing is half-done, the next start goes on. */
export class StoppedByOperator extends Error {
  constructor() {
    super('stopped by the operator');
  }
}

/** Whether this is the operator's word: a step that ended over it, or a wait or a start of the runner's that did. */
export function isStop(error: unknown): boolean {
  return error instanceof StoppedByOperator || (error instanceof RunnerError && error.code === 'RUNNER_ABORTED');
}
