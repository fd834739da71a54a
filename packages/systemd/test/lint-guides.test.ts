import { describe, expect, it } from 'vitest';
import type { LintCode } from '../src/index.ts';
import { codes, errors, lint, mend } from './lint-units.ts';

/** What every guide's unit lacks. */
const ALL: readonly LintCode[] = ['TYPE', 'TIMEOUT_STOP', 'RESTART_PREVENT', 'SUCCESS_STATUS', 'HARDENING_MISSING'];

/** Units as widely used guides have them, by their own settings. */
const guides: readonly (readonly [name: string, text: string, expected: readonly LintCode[]])[] = [
  [
    'polkachu',
    `[Unit]
Description="paloma node"
After=network-online.target

[Service]
User=paloma
ExecStart=/home/paloma/go/bin/cosmovisor start --home /home/paloma/.paloma
Restart=always
RestartSec=3
LimitNOFILE=65536
Environment="DAEMON_NAME=palomad"
Environment="DAEMON_HOME=/home/paloma/.paloma"
Environment="DAEMON_ALLOW_DOWNLOAD_BINARIES=false"
Environment="DAEMON_RESTART_AFTER_UPGRADE=true"
Environment="UNSAFE_SKIP_BACKUP=true"

[Install]
WantedBy=multi-user.target
`,
    ['EXEC_COSMOVISOR', 'EXEC_WITHOUT_RUN', 'NETWORK_ONLINE', 'START_LIMIT_NEVER', 'ENV_SKIP_BACKUP'],
  ],
  [
    'kjnodes',
    `[Unit]
Description=paloma node service
After=network-online.target

[Service]
User=paloma
ExecStart=/home/paloma/go/bin/cosmovisor run start
Restart=on-failure
RestartSec=10
LimitNOFILE=65535
Environment="DAEMON_HOME=/home/paloma/.paloma"
Environment="DAEMON_NAME=palomad"
Environment="UNSAFE_SKIP_BACKUP=true"
Environment="PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/home/paloma/.paloma/cosmovisor/current/bin"
Environment="PIGEON_HEALTHCHECK_PORT=5757"

[Install]
WantedBy=multi-user.target
`,
    ['EXEC_COSMOVISOR', 'NETWORK_ONLINE', 'START_LIMIT_NEVER', 'ENV_SKIP_BACKUP'],
  ],
  [
    'dYdX',
    `[Unit]
Description=cosmovisor dydxprotocol
After=network-online.target

[Service]
User=paloma
ExecStart=/home/paloma/go/bin/cosmovisor run start --home /home/paloma/.dydxprotocol
WorkingDirectory=/home/paloma/.dydxprotocol
Restart=always
RestartSec=5
LimitNOFILE=4096
Environment="DAEMON_HOME=/home/paloma/.dydxprotocol"
Environment="DAEMON_NAME=dydxprotocold"
Environment="DAEMON_ALLOW_DOWNLOAD_BINARIES=false"
Environment="DAEMON_RESTART_AFTER_UPGRADE=true"
Environment="UNSAFE_SKIP_BACKUP=true"

[Install]
WantedBy=multi-user.target
`,
    ['EXEC_COSMOVISOR', 'NETWORK_ONLINE', 'START_LIMIT_NEVER', 'ENV_SKIP_BACKUP', 'LIMIT_NOFILE'],
  ],
  [
    'cheqd',
    `[Unit]
Description=Service for running cheqd-node daemon
After=network.target

[Service]
ENVIRONMENT="DAEMON_HOME=/home/paloma/.cheqdnode"
ENVIRONMENT="DAEMON_NAME=cheqd-noded"
ENVIRONMENT="DAEMON_ALLOW_DOWNLOAD_BINARIES=true"
ENVIRONMENT="DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM=true"
Type=simple
User=paloma
ExecStart=/usr/bin/cosmovisor run start
Restart=on-failure
RestartSec=30
StartLimitBurst=5
StartLimitIntervalSec=60
TimeoutSec=120
LimitNOFILE=65535

[Install]
WantedBy=multi-user.target
`,
    [
      ...(['KEY_UNKNOWN', 'KEY_UNKNOWN', 'KEY_UNKNOWN', 'KEY_UNKNOWN'] as const),
      'EXEC_COSMOVISOR',
      'KEY_LEGACY',
      'KEY_SECTION',
      'START_LIMIT_NEVER',
      'NETWORK_ONLINE',
    ],
  ],
  [
    'Akash',
    `[Unit]
Description=Akash with cosmovisor
Wants=network-online.target
After=network-online.target

[Service]
User=root
Group=root
ExecStart=/root/go/bin/cosmovisor run start
Restart=always
RestartSec=10
LimitNOFILE=4096
Environment="DAEMON_NAME=akash"
Environment="DAEMON_HOME=/root/.akash"
Environment="DAEMON_RESTART_AFTER_UPGRADE=true"
Environment="DAEMON_SHUTDOWN_GRACE=15s"

[Install]
WantedBy=multi-user.target
`,
    ['USER_ROOT', 'EXEC_COSMOVISOR', 'START_LIMIT_NEVER', 'LIMIT_NOFILE'],
  ],
  [
    'Provalidator',
    `[Unit]
Description=Node
After=network-online.target

[Service]
User=paloma
ExecStart=/home/paloma/go/bin/cosmovisor run start --x-crisis-skip-assert-invariants
Restart=always
RestartSec=10
LimitNOFILE=50000
Environment='DAEMON_NAME=gaiad'
Environment='DAEMON_HOME=/home/paloma/.gaia'
Environment='DAEMON_ALLOW_DOWNLOAD_BINARIES=true'
Environment='DAEMON_LOG_BUFFER_SIZE=512'
Environment='DAEMON_RESTART_AFTER_UPGRADE=true'

[Install]
WantedBy=multi-user.target
`,
    [
      'EXEC_COSMOVISOR',
      'FLAG_LOST',
      'NETWORK_ONLINE',
      'START_LIMIT_NEVER',
      'LIMIT_NOFILE',
      'ENV_DOWNLOAD',
      'ENV_NO_EFFECT',
    ],
  ],
  [
    'stanisloe',
    `[Service]
User=paloma
ExecStart=/home/paloma/go/bin/cosmovisor run start
Restart=always
RestartSec=3
LimitNOFILE=4096
Environment=DAEMON_NAME=gaiad
Environment=DAEMON_HOME=/home/paloma/.gaia
Environment=UNSAFE_SKIP_BACKUP=true

[Install]
WantedBy=multi-user.target
`,
    ['EXEC_COSMOVISOR', 'NETWORK_ONLINE', 'START_LIMIT_NEVER', 'LIMIT_NOFILE', 'ENV_SKIP_BACKUP'],
  ],
  [
    "Paloma's own, without a supervisor",
    `[Unit]
Description=Paloma Blockchain
After=network.target
ConditionPathExists=/usr/local/bin/palomad

[Service]
Type=simple
Restart=always
RestartSec=5
WorkingDirectory=~
ExecStart=/usr/local/bin/palomad start
Environment=PIGEON_HEALTHCHECK_PORT=5757
Environment=DAEMON_NAME=palomad
Environment=DAEMON_HOME=/home/paloma/.paloma
ExecReload=
LimitNOFILE=65535

[Install]
WantedBy=multi-user.target
`,
    ['EXEC_UNSUPERVISED', 'NETWORK_ONLINE', 'START_LIMIT_NEVER', 'EXEC_EMPTY', 'USER_MISSING', 'WORKING_DIRECTORY'],
  ],
];

describe.each(guides)('the unit after %s', (_, text, expected) => {
  // That TimeoutSec=120 leaves a node time enough is the one thing that a guide has right.
  const common = text.includes('TimeoutSec=') ? ALL.filter((code) => code !== 'TIMEOUT_STOP') : ALL;

  it('has its mistakes named', () => {
    expect(codes(lint(text)).toSorted()).toEqual([...expected, ...common].toSorted());
  });

  it('has no error once mended, nor anything left to mend', () => {
    const mended = mend(text);
    expect(errors(lint(mended))).toEqual([]);
    expect(lint(mended).flatMap(({ edits }) => edits)).toEqual([]);
    expect(mend(mended)).toBe(mended);
  });
});
