import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mendUnit, parseUnit } from '../src/index.ts';
import type { LintContext } from '../src/index.ts';
import { codes, context, errors, lint, mend, unitWith } from './lint-units.ts';

const contexts: fc.Arbitrary<LintContext> = fc.constantFrom({}, context, {
  ...context,
  profile: new Map([['DAEMON_HOME', { value: '$HOME/.x', source: '/p' }]]),
  flags: new Map([['v2', new Set(['home'])]]),
  execStart: ['/a b/node', '/c"d/main.js'],
});

/** Pieces of which units, and what is nearly one, are made. */
const piece = fc.constantFrom(
  ...[
    '[Unit]',
    '[Service]',
    '[Install]',
    '[service]',
    '[X-A]',
    '[',
    ']',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\\',
    '\ufeff',
  ],
  ...[
    '=',
    ' ',
    '"',
    "'",
    '~',
    '$HOME',
    '%h',
    '%',
    '#',
    ';',
    'export ',
    'ü',
    '\t',
    '--home',
    ' start',
    ' run',
    '--x=~/y',
  ],
  ...[
    'Environment=',
    'ENVIRONMENT=',
    'ExecStart=',
    'EnvironmentFile=',
    'User=',
    'WorkingDirectory=',
    'TimeoutSec=',
    'Type=',
  ],
  ...[
    'DAEMON_NAME=',
    'DAEMON_HOME=',
    '/bin/sh -c ',
    '/usr/bin/env ',
    'cosmovisor',
    '/usr/bin/chainvisor',
    'notify',
    '5',
    'root',
  ],
  ...[
    'StartLimitBurst=',
    'RestartSec=',
    'ReadWritePaths=',
    'ProtectHome=yes',
    'LimitNOFILE=',
    'ExecStartPre=/bin/sleep ',
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 40 }).map((pieces) => `[Service]\n${pieces.join('')}`),
);

/** Lines that are wrong each in its own way, and may stand together. */
const MISTAKES = [
  ...['ENVIRONMENT=A_B=c', 'Environment=export C_D=e', "Environment='DAEMON_X=1 DAEMON_Y=$HOME/y'", 'DAEMON_Z=1'],
  ...['Environment=UNSAFE_SKIP_BACKUP=true', 'Environment=DAEMON_ALLOW_DOWNLOAD_BINARIES=true', 'KillMode=mixed'],
  ...[
    'Environment=DAEMON_LOG_BUFFER_SIZE=5 "E F"=1',
    'WatchdogSec=5',
    'TimeoutSec=5',
    'KillSignal=SIGINT',
    'Type=notify',
  ],
  ...[
    'ProtectHome=yes',
    'ProtectSystem=strict',
    'MemoryDenyWriteExecute=yes',
    'DynamicUser=yes',
    'User=root',
    '~',
    'words here',
  ],
  ...[
    'ExecStart=cosmovisor start --x-crisis-skip-assert-invariants',
    'ExecStart=/bin/sh -c "exec palomad start"',
    'ExecReload=',
  ],
  ...[
    'StartLimitInterval=60',
    'StartLimitIntervalSec=60',
    'startlimitburst=5',
    'RestartSec=1',
    'Restart=no',
    'WantedBy=x.target',
  ],
  ...[
    'LimitNOFILE=5',
    'OOMPolicy=kill',
    'RuntimeMaxSec=5',
    'Environment=DAEMON_RESTART_AFTER_UPGRADE=false',
    'After=a.target',
  ],
] as const;
const mistaken = fc
  .tuple(fc.subarray([...MISTAKES]), fc.constantFrom('Service', 'Unit', 'Install'))
  .map(([lines, section]) => unitWith({ [section.toLowerCase()]: lines }));

describe('lintUnit and mendUnit', () => {
  it('never throw, on any text', () => {
    fc.assert(
      fc.property(anyText, contexts, (text, known) => {
        const mended = mend(text, known);
        expect(() => parseUnit(mended)).not.toThrow();
        // Findings of another text do no harm either.
        expect(() => mendUnit(text.slice(5), lint(text, known))).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('mend many mistakes at once, for good', () => {
    fc.assert(
      fc.property(mistaken, (text) => {
        const mended = mend(text);
        const left = lint(mended);
        expect(codes(left.filter(({ edits }) => edits.length > 0))).toEqual([]);
        expect(mend(mended)).toBe(mended);
      }),
      { numRuns: 500 },
    );
  });

  it('mend one of many mistakes, and make no new error', () => {
    fc.assert(
      fc.property(mistaken, (text) => {
        const findings = lint(text);
        const before = codes(errors(findings));
        for (const one of findings.filter(({ edits }) => edits.length > 0)) {
          const after = codes(errors(lint(mendUnit(text, [one]))));
          expect(after.filter((code) => !before.includes(code))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
