import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guideUnit } from '@chainvisor/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { LintContext } from '../src/index.ts';
import { context, errors, lint, marks, mend } from './lint-units.ts';

/** What the guide has its readers append to ~/.profile. */
const PROFILE = {
  DAEMON_NAME: 'palomad',
  DAEMON_HOME: '$HOME/.paloma',
  DAEMON_ALLOW_DOWNLOAD_BINARIES: 'false',
  DAEMON_LOG_BUFFER_SIZE: '512',
  DAEMON_RESTART_AFTER_UPGRADE: 'true',
  UNSAFE_SKIP_BACKUP: 'true',
};

const known: LintContext = {
  ...context,
  profile: new Map(Object.entries(PROFILE).map(([name, value]) => [name, { value, source: '/home/paloma/.profile' }])),
};

const MENDED = `[Unit]
Description=Paloma (Cosmovisor)
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=86400
StartLimitBurst=5760

[Service]
LimitNOFILE=65536
Restart=always
RestartSec=5
WorkingDirectory=~
ExecStart=/usr/local/bin/chainvisor run start
Environment=PIGEON_HEALTHCHECK_PORT=5757
User=paloma
Environment=DAEMON_NAME=palomad
Environment=DAEMON_HOME=/home/paloma/.paloma
Environment=DAEMON_ALLOW_DOWNLOAD_BINARIES=false
Environment=DAEMON_RESTART_AFTER_UPGRADE=true
Type=exec
TimeoutStopSec=300
RestartPreventExitStatus=64 76 77 78
SuccessExitStatus=130 143
NoNewPrivileges=yes
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
`;

const ANALYZE = 'systemd-analyze';
const hasAnalyze = spawnSync(ANALYZE, ['--version']).status === 0;

describe("the unit of Paloma's guide", () => {
  it('has every defect named', () => {
    expect(marks(lint(guideUnit, known))).toEqual([
      'NETWORK_ONLINE:3',
      'LIMIT_NOFILE:6',
      'START_LIMIT_NEVER:8',
      'WORKING_DIRECTORY:9',
      'EXEC_EMPTY:10',
      'EXEC_COSMOVISOR:11',
      'EXEC_EMPTY:13',
      'LINE_STRAY:17',
      'USER_MISSING',
      'ENV_MISSING',
      'ENV_MISSING',
      'ENV_IN_PROFILE',
      'TYPE',
      'TIMEOUT_STOP',
      'RESTART_PREVENT',
      'SUCCESS_STATUS',
      'HARDENING_MISSING',
    ]);
  });

  it('says where the variables are that never arrive', () => {
    const missing = lint(guideUnit, known).filter(({ code }) => code === 'ENV_MISSING');
    expect(missing.map(({ what, mend: line }) => [what, line])).toEqual([
      ['DAEMON_NAME is set in /home/paloma/.profile only', 'Environment=DAEMON_NAME=palomad'],
      ['DAEMON_HOME is set in /home/paloma/.profile only', 'Environment=DAEMON_HOME=/home/paloma/.paloma'],
    ]);
  });

  it('is mended whole, and nothing is found in what comes of it', () => {
    expect(mend(guideUnit, known)).toBe(MENDED);
    expect(lint(MENDED, known)).toEqual([]);
    expect(mend(MENDED, known)).toBe(MENDED);
  });

  it('keeps its errors that only the operator can mend, where nothing else is known', () => {
    const alone = mend(guideUnit, {});
    expect(errors(lint(alone, {})).map(({ code }) => code)).toEqual(['ENV_MISSING', 'ENV_MISSING']);
    expect(mend(alone, {})).toBe(alone);
  });
});

const title = hasAnalyze ? '' : ' (skipped: there is no systemd-analyze)';
describe.skipIf(!hasAnalyze)(`systemd-analyze verify${title}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'chainvisor-lint-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const verify = (text: string): string => {
    const file = join(directory, 'palomad.service');
    // The machine of a test has neither that program nor that user.
    const program = execFileSync('sh', ['-c', 'command -v true'], { encoding: 'utf8' }).trim();
    const isRoot = process.getuid?.() === 0;
    writeFileSync(
      file,
      text.replace('/usr/local/bin/chainvisor', program).replace('User=paloma', isRoot ? 'User=root' : ''),
    );
    const { status, stderr } = spawnSync(ANALYZE, ['verify', '--man=no', '--recursive-errors=no', file], {
      encoding: 'utf8',
    });
    return `${status}${stderr}`;
  };

  it('has nothing to say to the mended unit, and something to the one of the guide', () => {
    expect(verify(mend(guideUnit, known))).toBe('0');
    expect(verify(guideUnit)).toContain("Missing '='");
  });
});
