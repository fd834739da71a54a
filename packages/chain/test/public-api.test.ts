import { expect, it } from 'vitest';
import * as api from '../src/index.js';
import type {
  ApplicationReading,
  Question,
  RpcAddress,
  RpcAddressInput,
  RpcAddressSource,
  StatusReading,
  Unreachable,
  ValidatorState,
} from '../src/index.js';

type Types = [
  ApplicationReading,
  Question,
  RpcAddress,
  RpcAddressInput,
  RpcAddressSource,
  StatusReading,
  Unreachable,
  ValidatorState,
];

it('exports exactly these names', () => {
  const types: Types[] = [];
  expect(types).toEqual([]);
  expect(Object.keys(api).sort()).toEqual([
    'askApplication',
    'askStatus',
    'databaseLockFiles',
    'homeOf',
    'readNodeId',
    'readSkipUpgrades',
    'readValidatorState',
    'readWalEndHeight',
    'resolveRpcAddress',
    'validatorStateFile',
    'walFile',
  ]);
});
