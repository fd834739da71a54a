export { TestkitError } from './errors.ts';
export type { TestkitErrorCode } from './errors.ts';
export type {
  FakeBinary,
  FakeChain,
  FakeEvent,
  FakeEventBody,
  FakeMigration,
  FakePlan,
  Profile,
} from './fake-types.ts';
export { freePort } from './free-port.ts';
export { makeFakeHome } from './home.ts';
export type { FakeHome, FakeHomeOptions, FakeStatus } from './home.ts';
export { installFakeNode } from './install.ts';
export { processesUnder } from './processes.ts';
export type { ProcessUnder } from './processes.ts';
export { testDir } from './test-dir.ts';
export { waitFor } from './wait-for.ts';
export type { WaitForOptions } from './wait-for.ts';
