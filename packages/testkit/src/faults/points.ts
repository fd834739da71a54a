/**
 * Every point where a test can break the supervisor, in the order in which an undisturbed start and upgrade first pass them. A point lies
 * between an effect and its record, or between two steps: whoever is cut off there must be finished by the next start.
 */
export const faultPoints = [
  { name: 'locked', where: 'the home lock is taken; nothing is started' },
  { name: 'cleared', where: 'what an earlier supervisor left behind is ended' },
  { name: 'starting', where: 'before a node is spawned' },
  { name: 'started', where: 'the node is spawned, not on record' },
  { name: 'start-recorded', where: 'the start of the node is on record' },
  { name: 'detected', where: 'the upgrade is decided, nothing of it on record' },
  { name: 'detected-recorded', where: 'the upgrade is on record' },
  { name: 'stopping', where: 'before SIGTERM to the old node' },
  { name: 'stopped', where: 'the old node is dead, not on record' },
  { name: 'stopped-recorded', where: 'the death of the old node is on record' },
  { name: 'delayed', where: 'after DAEMON_RESTART_DELAY' },
  { name: 'binary-checked', where: 'the new binary is there and can run' },
  { name: 'backing-up', where: 'before the backup of the data, where one is made' },
  { name: 'backup-copying', where: 'there is room, nothing is copied; passed again as it goes on' },
  { name: 'backup-syncing', where: 'everything is copied, nothing is known to be on disk; passed again as it goes on' },
  { name: 'backup-made', where: 'the backup is whole and has its name; old ones are still there' },
  { name: 'backed-up', where: 'the backup is whole and old ones are removed, or none was to be made' },
  { name: 'script-begun', where: 'the custom script is on record, not yet run' },
  { name: 'script-ran', where: 'the custom script has ended well, not on record' },
  { name: 'script-recorded', where: 'the end of the custom script is on record' },
  { name: 'pre-upgrade-ran', where: 'pre-upgrade of the new binary has ended well, not on record' },
  { name: 'pre-upgrade-recorded', where: 'the end of pre-upgrade is on record' },
  { name: 'synced', where: 'the new binary is on disk' },
  { name: 'plan-placed', where: 'the plan is beside the new binary' },
  { name: 'switched', where: '`current` is renamed over, not on record' },
  { name: 'switch-recorded', where: 'the switch is on record' },
  { name: 'verifying', where: 'the application has reached the height, not on record' },
  { name: 'verified', where: 'the upgrade is on record as verified' },
] as const;

/** The same for the operator's choice of a binary: `use`, and the end of a restore. */
export const choicePoints = [
  {
    name: 'choosing',
    where: 'all is looked at, the new data of a restore in its place; nothing of the choice is done',
  },
  { name: 'choice-recorded', where: 'the choice is on record, `current` is what it was' },
  { name: 'choice-linked', where: '`current` names the choice; a restore is still on record as unfinished' },
] as const;

/** The name of a fault point. */
export type FaultPointName = (typeof faultPoints)[number]['name'] | (typeof choicePoints)[number]['name'];
