export { describeEnding, exitCodeOf } from './ending.js';
export { RunnerError } from './errors.js';
export { lockHolders } from './file-locks.js';
export { takeHomeLock } from './home-lock/home-lock.js';
export { identityOf, isOfHere, isStillThere } from './process-identity.js';
export { runThrough } from './run-through.js';
export { runToEnd } from './run-to-end.js';
export { startChild } from './start-child.js';

export type { Ending, EndReason } from './ending.js';
export type { RunnerErrorCode } from './errors.js';
export type { LockHolder } from './file-locks.js';
export type { ClearOptions } from './home-lock/clear-away.js';
export type { HomeLock, HomeLockOptions } from './home-lock/home-lock.js';
export type { ProcessFacts, ProcessIdentity } from './process-identity.js';
export type { RunningChild, StopOptions } from './session-child.js';
export type { ChildOptions, GroupOptions } from './options.js';
export type { RunThroughOptions, ThroughChild } from './run-through.js';
export type { RunOptions, RunResult } from './run-to-end.js';
