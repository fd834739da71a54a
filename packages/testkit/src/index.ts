export { fakeElf } from './archives/fake-elf.ts';
export { tarArchive, tarEnd, tarEntry } from './archives/tar.ts';
export type { TarEntry } from './archives/tar.ts';
export { zipArchive } from './archives/zip.ts';
export type { ZipEntry } from './archives/zip.ts';
export { bundlePath } from './bundle.ts';
export { TestkitError } from './errors.ts';
export type { TestkitErrorCode } from './errors.ts';
export type {
  FakeBinary,
  FakeChain,
  FakeEvent,
  FakeEventBody,
  FakeMigration,
  FakePlan,
  FakeProposal,
  Profile,
} from './fake-types.ts';
export { killTimes } from './faults/kill-times.ts';
export type { KillTimesOptions } from './faults/kill-times.ts';
export { killUnder } from './faults/kill-under.ts';
export { watchNodes } from './faults/node-watch.ts';
export type { NodeWatch, WatchReport } from './faults/node-watch.ts';
export { choicePoints, faultPoints } from './faults/points.ts';
export type { FaultPointName } from './faults/points.ts';
export { untilPlan } from './faults/until-plan.ts';
export type { NamedPlan } from './faults/until-plan.ts';
export { freePort } from './free-port.ts';
export { guideUnit } from './guide-unit.ts';
export { makeFakeHome } from './home.ts';
export type { FakeHome, FakeHomeOptions, FakeStatus } from './home.ts';
export { installFakeNode } from './install.ts';
export { processesUnder } from './processes.ts';
export type { ProcessUnder } from './processes.ts';
export { startReleaseServer } from './release-server/server.ts';
export type { ReleaseServer, ReleaseServerOptions } from './release-server/server.ts';
export type { Faults, FileReply, Release, ReleaseRequest, Replier, Reply } from './release-server/types.ts';
export { testDir } from './test-dir.ts';
export { waitFor } from './wait-for.ts';
export type { WaitForOptions } from './wait-for.ts';
export { openWal } from './fake-node/wal.ts';
