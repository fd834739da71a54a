/**
 * A place at a boundary between two steps, or between an effect and its record, where a test breaks the supervisor. In the order of an
 * undisturbed start and upgrade, then of the operator's choice; testkit says in words where each is.
 */
export type FaultPoint =
  | 'locked'
  | 'cleared'
  | 'starting'
  | 'started'
  | 'start-recorded'
  | 'detected'
  | 'detected-recorded'
  | 'stopping'
  | 'stopped'
  | 'stopped-recorded'
  | 'delayed'
  | 'binary-checked'
  | 'backing-up'
  | 'backup-copying'
  | 'backup-syncing'
  | 'backup-made'
  | 'backed-up'
  | 'script-begun'
  | 'script-ran'
  | 'script-recorded'
  | 'pre-upgrade-ran'
  | 'pre-upgrade-recorded'
  | 'synced'
  | 'plan-placed'
  | 'switched'
  | 'switch-recorded'
  | 'verifying'
  | 'verified'
  | 'choosing'
  | 'choice-recorded'
  | 'choice-linked';

/**
 * Passes a point. Does nothing: calls of an empty function are left out of the program that is published. Only a build
 * for tests has another function in its place.
 */
export function faultPoint(point: FaultPoint): void;
export function faultPoint(): void {
  // Nothing.
}
