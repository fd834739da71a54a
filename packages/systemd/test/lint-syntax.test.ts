import { expect, it } from 'vitest';
import { checkCases } from './lint-cases.ts';
import { codes, lint, unitWith } from './lint-units.ts';

checkCases([
  ['a stray sign', { install: ['WantedBy=multi-user.target', '~'] }, 'LINE_STRAY', 'warning', 'multi-user.target\n'],
  ['stray words', { service: ['be careful here'] }, 'LINE_STRAY', 'warning', '# be careful here'],
  ['ENVIRONMENT=', { service: ['ENVIRONMENT=A_B=c'] }, 'KEY_UNKNOWN', 'error', 'Environment=A_B=c'],
  [
    'a misspelt key',
    { service: ['RestartSecs=30'], without: ['RestartSec'] },
    'KEY_UNKNOWN',
    'warning',
    'RestartSec=30',
  ],
  [
    'a variable as a key',
    { service: ['export DAEMON_POLL_INTERVAL=1s'] },
    'KEY_UNKNOWN',
    'error',
    'Environment=DAEMON_POLL_INTERVAL=1s',
  ],
  ['a key of nobody', { service: ['Frobnicate=yes'] }, 'KEY_UNKNOWN', 'warning', undefined],
  [
    'StartLimitIntervalSec= in [Service]',
    { without: ['StartLimitIntervalSec'], service: ['StartLimitIntervalSec=86400'] },
    'KEY_SECTION',
    'warning',
    '[Unit]\nDescription=Paloma\nAfter=network-online.target\nWants=network-online.target\nStartLimitBurst=1000\nStartLimitIntervalSec=86400',
  ],
  [
    'StartLimitInterval= in [Service], an old name',
    { without: ['StartLimitIntervalSec'], service: ['StartLimitInterval=86400'] },
    'KEY_LEGACY',
    'note',
    'StartLimitIntervalSec=86400',
  ],
  [
    'WantedBy= in [Service]',
    { service: ['WantedBy=multi-user.target'] },
    'KEY_SECTION',
    'warning',
    '[Install]\nWantedBy',
  ],
  [
    'LimitNOFILE= in [Unit]',
    { without: ['LimitNOFILE'], unit: ['LimitNOFILE=65536'] },
    'KEY_SECTION',
    'warning',
    'LimitNOFILE=65536\n\n[Install]',
  ],
  ['User= in [Install]', { without: ['User'], install: ['User=paloma'] }, 'KEY_SECTION', 'error', 'User=paloma'],
  ['a key that is right elsewhere', { install: ['RestartSecs=1'] }, 'KEY_UNKNOWN', 'warning', 'RestartSec=30'],
  ['WorkingDirectory=~ in [Unit]', { unit: ['WorkingDirectory=~'] }, 'KEY_SECTION', 'warning', 'WorkingDirectory=~'],
  ['a time that is none', { service: ['TimeoutStartSec=90x'] }, 'VALUE_INVALID', 'warning', undefined],
  ['capitals in a word', { service: ['Restart=Always'] }, 'VALUE_INVALID', 'error', 'Restart=always'],
  ['a word that systemd does not know', { service: ['KillMode=group'] }, 'VALUE_INVALID', 'warning', undefined],
  ['no [Install]', { without: ['WantedBy'] }, 'INSTALL_MISSING', 'warning', 'WantedBy=multi-user.target'],
  [
    'After=network.target',
    { unit: ['After=network.target', 'Wants=x.target'] },
    'NETWORK_ONLINE',
    'note',
    'After=network-online.target\nWants=network-online.target',
  ],
  [
    'After=network-online.target alone',
    { without: ['Wants'] },
    'NETWORK_ONLINE',
    'note',
    'Wants=network-online.target',
  ],
]);

it('settings that newer versions of systemd take are known', () => {
  const service = ['BindLogSockets=yes', 'DelegateNamespaces=no', 'CacheDirectoryQuota=10%', 'PrivatePIDs=no'];
  expect(codes(lint(unitWith({ service })))).toEqual([]);
});
