import { PlanError } from './errors.js';
import { excerpt } from './excerpt.js';
import { recaseName } from './recase.js';

/** What one name of a Linux directory entry can hold, in bytes. */
const MAX_NAME_BYTES = 255;

/**
 * Go's `url.PathEscape` on the UTF-8 bytes: letters, digits and `-_.~$&+:=@` stay, any other byte becomes `%XX` in
 * upper case. `encodeURIComponent` differs in both directions. A lone surrogate is escaped as U+FFFD.
 */
export function escapeName(name: string): string {
  let escaped = '';
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    escaped += /[A-Za-z0-9\-_.~$&+:=@]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/**
 * The name of an upgrade's directory under `upgrades/`: recased unless the operator disabled that
 * (`COSMOVISOR_DISABLE_RECASE`), then escaped.
 *
 * Throws PlanError: `PLAN_NAME_UNSAFE` for `''`, `.` and `..`, which name no directory of their own (cosmovisor
 * looks for the binary in `upgrades/` or above it then); `PLAN_NAME_TOO_LONG` past 255 bytes.
 */
export function upgradeDirName(name: string, options: { recase: boolean }): string {
  const directory = escapeName(options.recase ? recaseName(name) : name);
  if (directory === '' || directory === '.' || directory === '..') {
    throw new PlanError('PLAN_NAME_UNSAFE', `plan name "${directory}" cannot name a directory of its own`, {
      hint: 'no binary can be staged for such a name; skip its height with --unsafe-skip-upgrades, or ask the chain for another plan',
    });
  }
  if (directory.length > MAX_NAME_BYTES) {
    throw new PlanError(
      'PLAN_NAME_TOO_LONG',
      `plan name "${excerpt(name)}" needs a directory name of ${directory.length} bytes; a file system takes at most ${MAX_NAME_BYTES}`,
      { hint: 'no binary can be staged for such a name; ask the chain for another plan' },
    );
  }
  return directory;
}
