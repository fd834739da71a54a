export { PlanError } from './errors.js';
export type { PlanErrorCode } from './errors.js';
export { escapeName, upgradeDirName } from './names.js';
export { parseUpgradeInfo } from './parse.js';
export { samePlan } from './plan.js';
export type { Plan } from './plan.js';
export { recaseName } from './recase.js';
