import type { Rule } from './rule.js';
import { environmentLines } from './rules/environment-lines.js';
import { emptyExecs, signalling, waiting } from './rules/exec-others.js';
import { execStart } from './rules/exec-start.js';
import { lostFlags } from './rules/flags.js';
import { breakingHardening, missingHardening } from './rules/hardening.js';
import { endings, files } from './rules/limits.js';
import { writablePaths } from './rules/paths.js';
import { exitStatus, restart } from './rules/restart.js';
import { install, network } from './rules/sections.js';
import { startLimit } from './rules/start-limit.js';
import { kill, stopTime } from './rules/stop.js';
import { misreadKeys, strayLines } from './rules/syntax.js';
import { notify, type } from './rules/type.js';
import { user } from './rules/user.js';
import { unreadableValues } from './rules/values.js';
import { missingVariables, profileAsFile, profileVariables, unwiseVariables } from './rules/variables.js';

/** What holds for every unit. */
export const syntaxRules: readonly Rule[] = [strayLines, misreadKeys];

/** What holds for every service of ours, the stager's too. */
export const serviceRules: readonly Rule[] = [
  unreadableValues,
  execStart,
  emptyExecs,
  environmentLines,
  user,
  endings,
  breakingHardening,
  writablePaths,
];

/** What holds for the service that runs the node. */
export const supervisorRules: readonly Rule[] = [
  missingVariables,
  profileVariables,
  profileAsFile,
  unwiseVariables,
  lostFlags,
  signalling,
  waiting,
  type,
  notify,
  kill,
  stopTime,
  restart,
  exitStatus,
  startLimit,
  files,
  missingHardening,
  network,
  install,
];
