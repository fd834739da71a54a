export { asText, explainError } from './explanation.js';
export type { ExplainRules, Explanation } from './explanation.js';
export { OperatorError } from './operator-error.js';
export type { ErrorDetails } from './operator-error.js';
export { printable } from './printable.js';
export { barOf, progressBar } from './progress-bar.js';
export type { ProgressBar } from './progress-bar.js';
export { errno, hintOf, reasonOf } from './reason-of.js';
export { writeTo } from './write.js';
