export { decide } from './decide.js';
export { knownHeight, proofOf } from './proof.js';
export type { Action, Decision, Note, Refusal, Rule } from './decision.js';
export type { ChildFact, CurrentFact, Facts, FileFact, OfflineHeights, OpenUpgrade, StagedFact } from './facts.js';
export type { Proof } from './proof.js';
