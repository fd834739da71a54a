import { expect, it } from 'vitest';
import { checkCases, VARIABLES, given } from './lint-cases.ts';
import { codes, context, lint, unitWith } from './lint-units.ts';

checkCases([
  [
    'export in Environment=',
    { service: [...VARIABLES, 'Environment=export A=b'] },
    'ENV_EXPORT',
    'warning',
    'Environment=A=b',
  ],
  [
    'export in quotes',
    { service: ['Environment="export DAEMON_NAME=palomad"', VARIABLES[1]] },
    'ENV_EXPORT',
    'error',
    VARIABLES[0],
  ],
  ['$HOME', { service: [VARIABLES[0], 'Environment=DAEMON_HOME=$HOME/.paloma'] }, 'ENV_HOME', 'error', VARIABLES[1]],
  [
    '${HOME}',
    { service: [VARIABLES[0], 'Environment="DAEMON_HOME=${HOME}/.paloma"'] },
    'ENV_HOME',
    'error',
    VARIABLES[1],
  ],
  ['~ in a value', { service: [VARIABLES[0], 'Environment=DAEMON_HOME=~/.paloma'] }, 'ENV_HOME', 'error', VARIABLES[1]],
  [
    '%h in a value',
    { service: [VARIABLES[0], 'Environment=DAEMON_HOME=%h/.paloma'] },
    'ENV_HOME',
    'error',
    VARIABLES[1],
  ],
  [
    '$PATH',
    { service: [...VARIABLES, 'Environment=PATH=$PATH:/opt/bin'] },
    'ENV_HOME',
    'warning',
    'Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/opt/bin',
  ],
  [
    'a value with spaces',
    { service: [...VARIABLES, 'Environment=A=b c'] },
    'ENV_SPACES',
    'error',
    'Environment="A=b c"',
  ],
  [
    'a list in one pair of quotes',
    { service: ["Environment='DAEMON_NAME=palomad DAEMON_HOME=/home/paloma/.paloma'"] },
    'ENV_QUOTED_LIST',
    'error',
    VARIABLES.join('\n'),
  ],
  ['an assignment that is none', { service: [...VARIABLES, 'Environment=1=2'] }, 'ENV_UNREADABLE', 'error', undefined],
  ['no DAEMON_NAME', { service: [VARIABLES[1]] }, 'ENV_MISSING', 'error', undefined],
  [
    'DAEMON_NAME in a profile',
    { service: [VARIABLES[1]] },
    'ENV_MISSING',
    'error',
    VARIABLES[0],
    { ...context, profile: given({ DAEMON_NAME: 'palomad' }) },
  ],
  [
    'other settings in a profile',
    {},
    'ENV_IN_PROFILE',
    'warning',
    'Environment=DAEMON_DATA_BACKUP_DIR=/home/paloma/b',
    {
      ...context,
      profile: given({ DAEMON_NAME: 'palomad', DAEMON_DATA_BACKUP_DIR: '$HOME/b', UNSAFE_SKIP_BACKUP: 'true' }),
    },
  ],
  [
    'a profile as a file of variables, its lines known',
    { without: ['Environment'], service: ['EnvironmentFile=-/etc/profile.d/paloma.sh'] },
    'ENV_FILE_PROFILE',
    'error',
    VARIABLES.join('\n'),
    {
      ...context,
      profile: new Map([
        ['DAEMON_NAME', { value: 'palomad', source: '/etc/profile.d/paloma.sh:1' }],
        ['DAEMON_HOME', { value: '/home/paloma/.paloma', source: '/etc/profile.d/paloma.sh:2' }],
      ]),
    },
  ],
  [
    'a profile as a file of variables',
    { without: ['Environment'], service: ['EnvironmentFile=/home/paloma/.profile'] },
    'ENV_FILE_PROFILE',
    'error',
    VARIABLES.join('\n'),
    { ...context, profile: given({ DAEMON_NAME: 'palomad', DAEMON_HOME: '$HOME/.paloma' }) },
  ],
  [
    'DAEMON_LOG_BUFFER_SIZE',
    { service: [...VARIABLES, 'Environment=DAEMON_LOG_BUFFER_SIZE=512'] },
    'ENV_NO_EFFECT',
    'note',
    VARIABLES.join('\n'),
  ],
  [
    'no backups',
    { service: [...VARIABLES, 'Environment=UNSAFE_SKIP_BACKUP=true'] },
    'ENV_SKIP_BACKUP',
    'warning',
    undefined,
  ],
  [
    'downloads without a checksum',
    { service: [...VARIABLES, 'Environment=DAEMON_ALLOW_DOWNLOAD_BINARIES=true'] },
    'ENV_DOWNLOAD',
    'warning',
    'Environment=DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM=true',
  ],
]);

it("/etc/environment is no shell's file", () => {
  const profile = new Map([['DAEMON_NAME', { value: 'palomad', source: '/etc/environment:1' }]]);
  const text = unitWith({ service: ['EnvironmentFile=/etc/environment'] });
  expect(codes(lint(text, { ...context, profile }))).toEqual([]);
});
