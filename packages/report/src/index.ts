export { asText, explainError } from './explanation.js';
export type { ExplainRules, Explanation, OperatorError } from './explanation.js';
export { printable } from './printable.js';
export { writeTo } from './write.js';
