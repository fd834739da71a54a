import { expect, it } from 'vitest';
import * as api from '../src/index.js';
import type {
  BinaryErrorCode,
  BinaryFacts,
  ElfFacts,
  Finding,
  FindingCode,
  GlibcNeed,
  LibraryOptions,
  NotRunnable,
  Runnable,
  VersionFailure,
  VersionNeed,
  VersionOptions,
  VersionReading,
} from '../src/index.js';

type Types = [
  BinaryErrorCode,
  BinaryFacts,
  ElfFacts,
  Finding,
  FindingCode,
  GlibcNeed,
  LibraryOptions,
  NotRunnable,
  Runnable,
  VersionFailure,
  VersionNeed,
  VersionOptions,
  VersionReading,
];

it('exports exactly these names', () => {
  const types: Types[] = [];
  expect(types).toEqual([]);
  expect(Object.keys(api).sort()).toEqual([
    'BinaryError',
    'checkBinary',
    'checkExecutable',
    'inspectBinary',
    'killLeftRuns',
    'matchesPlan',
    'readVersion',
  ]);
});
