import { statSync } from 'node:fs';

/** Whether there is a directory, links followed; false for all that the system does not show to be one. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
