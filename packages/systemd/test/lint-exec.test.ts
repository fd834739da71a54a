import { describe, expect, it } from 'vitest';
import { checkCases, CHAINVISOR, VARIABLES, start } from './lint-cases.ts';
import { codes, context, lint, unitWith } from './lint-units.ts';

checkCases([
  ['no ExecStart=', { without: ['ExecStart'] }, 'EXEC_MISSING', 'error', undefined],
  [
    'no ExecStart=, where the command is known',
    { without: ['ExecStart'] },
    'EXEC_MISSING',
    'error',
    'ExecStart="/opt/my node" /opt/main.js run start',
    { ...context, execStart: ['/opt/my node', '/opt/main.js'] },
  ],
  [
    'several commands in one line',
    start('/usr/local/bin/chainvisor run start ; /bin/true'),
    'EXEC_SEVERAL',
    'error',
    undefined,
  ],
  [
    'a shell with several commands, which are one to systemd',
    start('/bin/bash -c "source /etc/x ; exec chainvisor run start"'),
    'EXEC_SHELL',
    'warning',
    undefined,
  ],
  ['several ExecStart=', { service: [CHAINVISOR, 'ExecStart=/bin/true'] }, 'EXEC_SEVERAL', 'error', undefined],
  ['an open quote', start('/usr/local/bin/chainvisor run start "--home'), 'EXEC_UNREADABLE', 'error', undefined],
  [
    '~ before the program',
    start('~/go/bin/chainvisor run start --x y'),
    'EXEC_NOT_ABSOLUTE',
    'error',
    `${CHAINVISOR} --x y`,
  ],
  ['a relative program', start('bin/chainvisor run start'), 'EXEC_NOT_ABSOLUTE', 'error', CHAINVISOR],
  ['a bare program', start('chainvisor run start'), 'EXEC_NOT_ABSOLUTE', 'warning', CHAINVISOR],
  [
    'env',
    {
      without: ['Environment'],
      service: [
        'ExecStart=/usr/bin/env DAEMON_NAME=palomad DAEMON_HOME=/home/paloma/.paloma /usr/local/bin/chainvisor run start',
      ],
    },
    'EXEC_ENV',
    'warning',
    VARIABLES.join('\n'),
  ],
  [
    'a shell',
    start('/bin/bash -c "exec /usr/local/bin/chainvisor run start --x"'),
    'EXEC_SHELL',
    'warning',
    `${CHAINVISOR} --x`,
  ],
  ['a shell that does more', start('/bin/bash -c "cd /x && chainvisor run start"'), 'EXEC_SHELL', 'warning', undefined],
  ['a login shell', start('/bin/bash -lc "chainvisor run start"'), 'EXEC_SHELL', 'warning', undefined],
  [
    'nvm',
    start('/home/paloma/.nvm/versions/node/v22.1.0/bin/chainvisor run start'),
    'EXEC_NVM',
    'error',
    'ExecStart=/home/paloma/.nvm/versions/node/v22.1.0/bin/node /home/paloma/.nvm/versions/node/v22.1.0/bin/chainvisor run start',
  ],
  [
    'cosmovisor',
    start('/home/paloma/go/bin/cosmovisor run start --x "a b"'),
    'EXEC_COSMOVISOR',
    'note',
    `${CHAINVISOR} --x "a b"`,
  ],
  ['a node alone', start('/usr/local/bin/palomad start --x'), 'EXEC_UNSUPERVISED', 'error', `${CHAINVISOR} --x`],
  ['start without run', start('/usr/local/bin/chainvisor start --x'), 'EXEC_WITHOUT_RUN', 'error', `${CHAINVISOR} --x`],
  [
    '%h in an argument, of a user who is not root',
    start('/usr/local/bin/chainvisor run start --home=%h/.paloma'),
    'EXEC_TILDE',
    'error',
    `${CHAINVISOR} --home=/home/paloma/.paloma`,
  ],
  [
    'start without run, behind an option of ours',
    start('/usr/local/bin/chainvisor --log-format json start --x'),
    'EXEC_WITHOUT_RUN',
    'error',
    'ExecStart=/usr/local/bin/chainvisor --log-format json run start --x',
  ],
  ['run without start', start('/usr/local/bin/chainvisor run'), 'EXEC_WITHOUT_RUN', 'error', CHAINVISOR],
  [
    '~ in an argument',
    start('/usr/local/bin/chainvisor run start --home=~/.paloma'),
    'EXEC_TILDE',
    'error',
    '--home=/home/paloma/.paloma',
  ],
  ['an empty ExecReload=', { service: ['ExecReload='] }, 'EXEC_EMPTY', 'note', CHAINVISOR],
  ['a reload by SIGHUP', { service: ['ExecReload=/bin/kill -HUP $MAINPID'] }, 'EXEC_RELOAD', 'warning', CHAINVISOR],
  ['a stop by SIGTERM', { service: ['ExecStop=/bin/kill -s TERM $MAINPID'] }, 'EXEC_STOP', 'note', CHAINVISOR],
  ['a stop by SIGINT', { service: ['ExecStop=/bin/sh -c "kill -INT $MAINPID"'] }, 'EXEC_STOP', 'note', CHAINVISOR],
  ['a stop by SIGQUIT', { service: ['ExecStop=/bin/kill --signal=QUIT $MAINPID'] }, 'EXEC_STOP', 'error', CHAINVISOR],
  ['a stop by SIGKILL', { service: ['ExecStop=/bin/kill -9 $MAINPID'] }, 'EXEC_STOP', 'error', CHAINVISOR],
  ['a wait before the start', { service: ['ExecStartPre=/bin/sleep 30'] }, 'EXEC_WAITS', 'note', undefined],
  [
    'a wait that no start outlives',
    { service: ["ExecStartPre=/bin/sh -c 'sleep 5m'"] },
    'EXEC_WAITS',
    'error',
    undefined,
  ],

  [
    'a flag of x/crisis',
    start('/usr/local/bin/chainvisor run start --x-crisis-skip-assert-invariants --y'),
    'FLAG_LOST',
    'warning',
    `${CHAINVISOR} --y`,
  ],
  [
    'a flag that an upgrade lost',
    start('/usr/local/bin/chainvisor run start --old=1 --home /home/paloma/.paloma'),
    'FLAG_LOST',
    'error',
    undefined,
    {
      ...context,
      flags: new Map([
        ['current', new Set(['old', 'home'])],
        ['v2', new Set(['home'])],
      ]),
    },
  ],
  [
    'another --home',
    start('/usr/local/bin/chainvisor run start --home /data/paloma'),
    'HOME_DIFFERS',
    'error',
    undefined,
  ],
]);

describe('what is no flag of the node', () => {
  const flags = new Map([['v2', new Set(['home'])]]);

  it.each([
    '/usr/local/bin/chainvisor --log-format json run start --home /home/paloma/.paloma',
    '/usr/local/bin/chainvisor -c /etc/chainvisor.toml run start',
    '/usr/local/bin/chainvisor run --log-format=json --cosmovisor-config /etc/chainvisor.toml start',
    '/usr/bin/numactl --interleave=all /usr/local/bin/chainvisor run start',
    '/opt/start-node.sh --moniker x',
  ])('is not looked for in the help of a binary: %s', (command) => {
    expect(lint(unitWith(start(command)), { ...context, flags })).toEqual([]);
  });

  it('but that of a node which another program starts is', () => {
    const text = unitWith(start('/usr/bin/numactl --interleave=all /usr/local/bin/chainvisor run start --gone'));
    expect(codes(lint(text, { ...context, flags }))).toEqual(['FLAG_LOST']);
  });
});

describe('what runs beside a node', () => {
  it.each(['/usr/local/bin/pigeon start', '/usr/local/bin/tmkms start -c /etc/tmkms.toml', '/usr/bin/hermes start'])(
    'is no node without a supervisor: %s',
    (command) => {
      const text = `[Service]\nExecStart=${command}\nRestart=Always\n`;
      expect(codes(lint(text))).toEqual(['VALUE_INVALID']);
    },
  );
});
