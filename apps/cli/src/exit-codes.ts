/**
 * Our own reasons to end, apart from the node's code. 64–78 so that they cannot be taken for a node's, and so that
 * `RestartPreventExitStatus=` can name those that no restart will mend. docs/operations.md explains each.
 */
export const exitCodes = {
  /** The command line cannot be understood. */
  usage: 64,
  /** The backup before an upgrade could not be made, or one that is to be verified or restored is damaged. */
  backup: 65,
  /** Something on disk that we must read or change cannot be: the message names it. */
  disk: 66,
  /** The node's binary, or the one that `current` should point to, is missing or cannot run. */
  binary: 67,
  /** An upgrade is due and its binary is missing or cannot run. */
  upgradeBinary: 68,
  /** Another supervisor holds this home, or a node that is not ours to stop. */
  locked: 69,
  /** An uncaught error: a bug of ours. */
  bug: 70,
  /** The custom pre-upgrade script is missing, failed, or took too long. */
  script: 71,
  /** The new binary's `pre-upgrade` command said to abort, or failed. */
  preUpgrade: 72,
  /** The upgrade could not be carried out for another reason. */
  upgrade: 73,
  /** `prepare-upgrade`: the node does not answer, or what answers is another node. */
  node: 74,
  /** The node did not die, even by SIGKILL. */
  willNotDie: 75,
  /** A manual upgrade's height is passed without it. */
  manualPassed: 76,
  /** The validator's state is older than it was: to sign with it may be to sign twice. */
  validatorState: 77,
  /** The settings are invalid, or a look at the set-up has found an error. */
  config: 78,
} as const;

/** One of our own exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
