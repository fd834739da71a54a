import { print, printJson } from '../output.js';
import { version } from '../version.js';

/** `version`: ours. */
export function showVersion(output: 'text' | 'json'): void {
  if (output === 'json') printJson({ version: version() });
  else print(versionLine());
}

/** Our name and version. */
export function versionLine(): string {
  return `chainvisor-stager ${version()}`;
}
