import { describe, expect, it } from 'vitest';
import { checkCases, VARIABLES } from './lint-cases.ts';
import { context, lint, unitWith } from './lint-units.ts';

const MODE = 'Environment=DAEMON_RESTART_AFTER_UPGRADE=false';

checkCases([
  ['no User=', { without: ['User'] }, 'USER_MISSING', 'warning', 'User=paloma'],
  ['User=root', { service: ['User=root'] }, 'USER_ROOT', 'warning', 'User=paloma'],
  [
    'User=root, where nobody else is known',
    { service: ['User=root'] },
    'USER_ROOT',
    'warning',
    undefined,
    { ...context, user: 'root' },
  ],
  ['DynamicUser=', { service: ['DynamicUser=yes'] }, 'USER_DYNAMIC', 'error', 'User=paloma'],
  [
    'WorkingDirectory=$HOME',
    { service: ['WorkingDirectory=$HOME'] },
    'WORKING_DIRECTORY',
    'error',
    'WorkingDirectory=~',
  ],
  [
    'WorkingDirectory= in quotes',
    { service: ['WorkingDirectory="/home/paloma"'] },
    'WORKING_DIRECTORY',
    'error',
    'WorkingDirectory=/home/paloma',
  ],
  ['WorkingDirectory=~/x', { service: ['WorkingDirectory=~/x'] }, 'WORKING_DIRECTORY', 'error', undefined],

  ['KillSignal=SIGINT', { service: ['KillSignal=SIGINT'] }, 'KILL_SIGNAL', 'warning', 'KillSignal=SIGTERM'],
  ['KillSignal=SIGKILL', { service: ['KillSignal=SIGKILL'] }, 'KILL_SIGNAL', 'error', 'KillSignal=SIGTERM'],
  ['KillMode=mixed', { service: ['KillMode=mixed'] }, 'KILL_MODE', 'warning', 'KillMode=control-group'],
  ['KillMode=process', { service: ['KillMode=process'] }, 'KILL_MODE', 'error', 'KillMode=control-group'],
  ['KillMode=none', { service: ['KillMode=none'] }, 'KILL_MODE', 'error', 'KillMode=control-group'],
  ['no TimeoutStopSec=', { without: ['TimeoutStopSec'] }, 'TIMEOUT_STOP', 'warning', 'TimeoutStopSec=300'],
  ['a stop shorter than the grace', { service: ['TimeoutStopSec=30'] }, 'TIMEOUT_STOP', 'error', 'TimeoutStopSec=300'],
  ['a long grace', {}, 'TIMEOUT_STOP', 'error', 'TimeoutStopSec=720', { ...context, graceMs: 600_000 }],
  [
    'TimeoutSec= for both',
    { without: ['TimeoutStopSec'], service: ['TimeoutSec=100'] },
    'TIMEOUT_STOP',
    'warning',
    'TimeoutStartSec=100\nTimeoutStopSec=300',
  ],
  ['no Restart=', { without: ['Restart'] }, 'RESTART', 'error', 'Restart=always'],
  ['Restart=no', { service: ['Restart=no'] }, 'RESTART', 'error', 'Restart=always'],
  [
    'Restart=on-abnormal',
    { service: [...VARIABLES, MODE, 'Restart=on-abnormal'] },
    'RESTART',
    'error',
    'Restart=on-failure',
  ],
  [
    'a restart that was not wanted',
    { service: [...VARIABLES, MODE] },
    'RESTART_AFTER_UPGRADE',
    'warning',
    'Restart=on-failure',
  ],
  [
    'exit codes that no restart mends',
    { service: ['RestartPreventExitStatus=64 CONFIG'] },
    'RESTART_PREVENT',
    'warning',
    'RestartPreventExitStatus=64 CONFIG 76 77',
  ],
  [
    'a stop that counts as a failure',
    { without: ['SuccessExitStatus'] },
    'SUCCESS_STATUS',
    'note',
    'SuccessExitStatus=130 143',
  ],
  [
    'a limit that is never reached',
    { unit: ['StartLimitIntervalSec=60', 'StartLimitBurst=5'] },
    'START_LIMIT_NEVER',
    'warning',
    'StartLimitIntervalSec=86400\nStartLimitBurst=1000',
  ],
  [
    "a limit by systemd's defaults",
    { without: ['StartLimitIntervalSec', 'StartLimitBurst'], service: ['RestartSec=3'] },
    'START_LIMIT_NEVER',
    'warning',
    'StartLimitIntervalSec=86400\nStartLimitBurst=9600',
  ],
  [
    'a limit that is reached at once',
    { without: ['StartLimitIntervalSec', 'StartLimitBurst', 'RestartSec'] },
    'START_LIMIT_SOON',
    'warning',
    'RestartSec=30',
  ],
  ['no limit', { unit: ['StartLimitIntervalSec=0'] }, 'START_LIMIT_OFF', 'note', undefined],
]);

describe('what an operator is told to write of a limit', () => {
  it('names the section in which it counts', () => {
    const soon = unitWith({ without: ['StartLimitIntervalSec', 'StartLimitBurst', 'RestartSec'] });
    expect(lint(soon).map(({ mend }) => mend)).toEqual([
      'StartLimitIntervalSec=86400 and StartLimitBurst=1000 in [Unit], RestartSec=30 in [Service]',
    ]);
  });
});
