import { expect, it } from 'vitest';
import * as api from '../src/index.js';
import type {
  AppliedPlan,
  AppliedPlansReading,
  ApplicationReading,
  ClientConfig,
  CurrentPlanReading,
  GovVersion,
  Listener,
  Proposal,
  Question,
  RpcAddress,
  RpcAddressInput,
  RpcAddressSource,
  StatusReading,
  Unreachable,
  UpgradeProposal,
  UpgradeProposalsReading,
  ValidatorState,
} from '../src/index.js';

type Types = [
  AppliedPlan,
  AppliedPlansReading,
  ApplicationReading,
  ClientConfig,
  CurrentPlanReading,
  GovVersion,
  Listener,
  Proposal,
  Question,
  RpcAddress,
  RpcAddressInput,
  RpcAddressSource,
  StatusReading,
  Unreachable,
  UpgradeProposal,
  UpgradeProposalsReading,
  ValidatorState,
];

it('exports exactly these names', () => {
  const types: Types[] = [];
  expect(types).toEqual([]);
  expect(Object.keys(api).sort()).toEqual([
    'askApplication',
    'askAppliedPlans',
    'askCurrentPlan',
    'askOwnStatus',
    'askStatus',
    'askUpgradeProposals',
    'databaseLockFiles',
    'homeOf',
    'readClientConfig',
    'readListeners',
    'readNodeId',
    'readSkipUpgrades',
    'readValidatorAddress',
    'readValidatorState',
    'readWalEndHeight',
    'resolveRpcAddress',
    'validatorStateFile',
    'walFile',
  ]);
});
