import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { readFailed } from './errors.js';

/** Nobody writes units as large. */
const MOST = 4 * 1024 * 1024;

/** The text of a unit or of an environment file. Throws HostError `SYSTEMD_HOST_READ_FAILED`, also for what is no file. */
export function readText(path: string): string {
  try {
    // A pipe that is called so is refused rather than waited for.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(descriptor);
      // /dev/null, by which a drop-in is switched off.
      if (found.isCharacterDevice()) return '';
      if (!found.isFile()) throw new Error('this is no file');
      if (found.size > MOST) throw new Error(`it has ${found.size} bytes; at most ${MOST} are read`);
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw readFailed(`cannot read ${path}`, error);
  }
}
