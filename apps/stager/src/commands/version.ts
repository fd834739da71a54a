import { print, printJson } from '../output.js';
import { version } from '../version.js';

/** `version`: ours. */
export function showVersion(output: 'text' | 'json'): void {
  if (output === 'json') printJson({ version: version() });
  else print(`chainvisor-stager ${version()}`);
}
