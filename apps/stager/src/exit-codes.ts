/**
 * How a run ends. The numbers are those of sysexits.h and, where they mean the same, of `chainvisor`; the README explains
 * each, with what to do.
 */
export const exitCodes = {
  /** Staged, there already, READY, or nothing is planned. */
  done: 0,
  /** The command line cannot be understood. */
  usage: 64,
  /** No source names the binary with proof, the release leaves a choice, or two sources disagree: for a person. */
  source: 65,
  /** Something on disk that must be read or changed cannot be: the message names it. */
  disk: 66,
  /** The binary will not run here, or is another version than was asked for. */
  binary: 67,
  /** Another run of the stager works on this home. */
  locked: 69,
  /** An uncaught error: a bug of ours. */
  bug: 70,
  /** The node, a server or a download failed: the next run may succeed. */
  network: 74,
  /** `check`: NOT READY. */
  notReady: 75,
  /** The settings are invalid. */
  config: 78,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
