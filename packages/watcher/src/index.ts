export { WatcherError } from './errors.js';
export type { WatcherErrorCode } from './errors.js';
export type { InfoFact, UnreadableReason } from './fact.js';
export type { WatchNote } from './note.js';
export { readInfo } from './read.js';
export { watchInfo } from './watch.js';
export type { WatchOptions } from './watch.js';
