import { setting } from './subject.js';
import type { Subject } from './subject.js';

/** Whether systemd waits for chainvisor's word that the node runs. */
export const isNotify = (subject: Subject): boolean =>
  /^notify(?:-reload)?$/.test(setting(subject, 'Type')?.value ?? '');
