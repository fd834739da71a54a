import { describe, expect, it } from 'vitest';
import { checkCases } from './lint-cases.ts';
import { codes, lint, mend, unitWith } from './lint-units.ts';

checkCases([
  ['Type=simple', { service: ['Type=simple'] }, 'TYPE', 'note', 'Type=exec'],
  ['Type=forking', { service: ['Type=forking'] }, 'TYPE', 'error', 'Type=exec'],
  [
    'Type=oneshot with several commands',
    { service: ['Type=oneshot', 'ExecStart=/bin/true', 'ExecStart=/usr/local/bin/chainvisor run start'] },
    'TYPE',
    'error',
    undefined,
  ],
  ['Type=oneshot', { service: ['Type=oneshot'] }, 'TYPE', 'error', 'Type=exec'],
  [
    'Type=notify that nobody may answer',
    { service: ['Type=notify', 'TimeoutStartSec=infinity'] },
    'NOTIFY_ACCESS',
    'error',
    'NotifyAccess=all',
  ],
  [
    'Type=notify in a hurry',
    { service: ['Type=notify', 'NotifyAccess=all', 'TimeoutStartSec=90'] },
    'TIMEOUT_START',
    'warning',
    'TimeoutStartSec=infinity',
  ],
  ['WatchdogSec=', { service: ['WatchdogSec=30'] }, 'WATCHDOG', 'error', 'Type=exec'],
  ['LimitNOFILE=50000', { service: ['LimitNOFILE=50000'] }, 'LIMIT_NOFILE', 'warning', 'LimitNOFILE=65536'],
  ['LimitNOFILE=4096', { service: ['LimitNOFILE=4096'] }, 'LIMIT_NOFILE', 'error', 'LimitNOFILE=65536'],
  [
    'LimitNOFILE= with two numbers',
    { service: ['LimitNOFILE=65536:8192'] },
    'LIMIT_NOFILE',
    'error',
    'LimitNOFILE=65536',
  ],
  ['no LimitNOFILE=', { without: ['LimitNOFILE'] }, 'LIMIT_NOFILE', 'note', 'LimitNOFILE=65536'],
  ['RuntimeMaxSec=', { service: ['RuntimeMaxSec=1d'] }, 'RUNTIME_MAX', 'error', 'Type=exec'],
  ['MemoryMax=', { service: ['MemoryMax=16G'] }, 'MEMORY_MAX', 'warning', undefined],
  ['OOMPolicy=kill', { service: ['OOMPolicy=kill'] }, 'OOM_POLICY', 'warning', 'OOMPolicy=continue'],
  ['OOMPolicy=stop', { service: ['OOMPolicy=stop'] }, 'OOM_POLICY', 'note', 'OOMPolicy=continue'],

  [
    'MemoryDenyWriteExecute=',
    { service: ['MemoryDenyWriteExecute=yes'] },
    'HARDENING_BREAKS',
    'error',
    'MemoryDenyWriteExecute=no',
  ],
  ['ProcSubset=pid', { service: ['ProcSubset=pid'] }, 'HARDENING_BREAKS', 'error', 'ProcSubset=all'],
  [
    'ProtectProc=invisible',
    { service: ['ProtectProc=invisible'] },
    'HARDENING_BREAKS',
    'warning',
    'ProtectProc=default',
  ],
  ['PrivateUsers=', { service: ['PrivateUsers=yes'] }, 'HARDENING_BREAKS', 'error', 'PrivateUsers=no'],
  ['PrivateNetwork=', { service: ['PrivateNetwork=yes'] }, 'HARDENING_BREAKS', 'error', 'PrivateNetwork=no'],
  ['IPAddressDeny=', { service: ['IPAddressDeny=any'] }, 'HARDENING_BREAKS', 'error', 'Type=exec'],
  [
    'no hardening',
    { without: ['NoNewPrivileges', 'ProtectSystem'] },
    'HARDENING_MISSING',
    'note',
    'NoNewPrivileges=yes',
  ],
  [
    'a home that is hidden',
    { service: ['ProtectHome=yes'] },
    'PATH_READ_ONLY',
    'error',
    'ProtectHome=read-only\nReadWritePaths=/home/paloma/.paloma',
  ],
  [
    'a home that is read-only',
    { service: ['ProtectHome=read-only'] },
    'PATH_READ_ONLY',
    'error',
    'ReadWritePaths=/home/paloma/.paloma',
  ],
  [
    'a system that is read-only',
    { service: ['ProtectSystem=strict', 'ReadWritePaths=/home/other'] },
    'PATH_READ_ONLY',
    'error',
    'ReadWritePaths=/home/paloma/.paloma',
  ],
]);

describe('addresses that are denied', () => {
  it.each([['IPAddressDeny=any', 'IPAddressAllow=localhost 10.0.0.0/8'], ['IPAddressDeny=10.0.0.0/8 192.168.0.0/16']])(
    "are the operator's affair while the node reaches some: %s",
    (...service) => {
      expect(lint(unitWith({ service }))).toEqual([]);
    },
  );

  it('leave the node alone where only this machine is allowed', () => {
    expect(codes(lint(unitWith({ service: ['IPAddressDeny=any', 'IPAddressAllow=localhost'] })))).toEqual([
      'HARDENING_BREAKS',
    ]);
  });
});

describe('paths of the node', () => {
  const home = (path: string) => ['Environment=DAEMON_NAME=palomad', `Environment=DAEMON_HOME=${path}`];

  it.each([['ReadWritePaths=/home/paloma/.paloma/'], ['BindPaths=/mnt/disk:/home/paloma']])(
    'are open by %s',
    (...service) => {
      expect(lint(unitWith({ service: ['ProtectHome=read-only', ...service] }))).toEqual([]);
    },
  );

  it('are not open where they are only the source of a bind mount', () => {
    const service = ['ProtectHome=read-only', 'BindPaths=/home/paloma:/mnt/disk'];
    expect(codes(lint(unitWith({ service })))).toEqual(['PATH_READ_ONLY']);
  });

  it('are not shut by what is added to a unit that nobody has hardened', () => {
    const text = unitWith({ without: ['NoNewPrivileges', 'ProtectSystem'], service: home('/usr/local/paloma') });
    const mended = mend(text);
    expect(mended).toContain('NoNewPrivileges=yes');
    expect(mended).not.toContain('ProtectSystem');
    expect(codes(lint(mended))).toEqual([]);
  });
});
