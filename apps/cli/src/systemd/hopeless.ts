import { exitCodes } from '../exit-codes.js';

/** Our exit codes after which no start will help, before somebody has looked: `RestartPreventExitStatus=`. */
export const hopeless: readonly number[] = [
  exitCodes.usage,
  exitCodes.manualPassed,
  exitCodes.validatorState,
  exitCodes.config,
];

/** How a node ends that was asked to by SIGINT or SIGTERM: `SuccessExitStatus=`. */
export const stopped: readonly number[] = [130, 143];
