import type { OneshotService, SupervisorService } from '../src/index.js';

/** The supervisor's service, as a node with nothing odd has it. */
export const supervisor: SupervisorService = {
  kind: 'supervisor',
  description: 'palomad under chainvisor',
  documentation: 'https://github.com/palomachain/paloma',
  user: 'root',
  exec: ['/bin/true', 'run', 'start'],
  environmentFiles: ['/etc/chainvisor/palomad.env'],
  writable: ['/home/val'],
  notify: true,
  graceMs: 30_000,
  restart: 'always',
  preventRestart: [64, 76, 77, 78],
  success: [130, 143],
};

/** The stager's. */
export const stager: OneshotService = {
  kind: 'oneshot',
  description: 'stages upgrades of palomad',
  user: 'root',
  exec: ['/bin/true', 'sync'],
  writable: ['/home/val/.paloma'],
  success: [],
};
