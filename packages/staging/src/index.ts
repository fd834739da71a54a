export { ioHint, StagingError, type StagingErrorCode } from './errors.js';
export { type BinarySource, type InfoOptions, sourceOfInfo } from './info-source.js';
export { leaveRoot } from './leave-root.js';
export { hostPlatform } from './platform.js';
export { type Proof, type ProofOptions, proveBinary } from './prove.js';
export { sha256Of } from './hash.js';
export { readStagedRecord, type StagedRecord, stagedRecordIn } from './record.js';
export { stageBinary, type Staged, type StageOptions } from './stage.js';
export { clearWorkDirs } from './work-dir.js';
