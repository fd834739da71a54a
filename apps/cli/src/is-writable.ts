import { accessSync, constants } from 'node:fs';

/** Whether we may write to something, links followed; false for what is not there. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
