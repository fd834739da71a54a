import { describe, expect, it } from 'vitest';
import {
  entriesOf,
  lastEntry,
  parseUnit,
  renderEnvironmentFile,
  renderServiceDropIn,
  renderServiceUnit,
  renderTimerUnit,
  SystemdError,
  withSpecifiers,
  type ServiceUnit,
} from '../src/index.js';
import { stager, supervisor } from './support.ts';

const setting = (unit: string, key: string, section = 'Service'): string | undefined =>
  lastEntry(parseUnit(unit), section, key)?.value;
const all = (unit: string, key: string, section = 'Service'): string[] =>
  entriesOf(parseUnit(unit), section, key).map(({ value }) => value);

describe('the service of the supervisor', () => {
  const unit = renderServiceUnit(supervisor);

  it.each([
    ['Service', 'Type', 'notify'],
    ['Service', 'NotifyAccess', 'all'],
    ['Service', 'TimeoutStartSec', 'infinity'],
    ['Service', 'KillMode', 'control-group'],
    ['Service', 'TimeoutStopSec', '300'],
    ['Service', 'Restart', 'always'],
    ['Service', 'RestartSec', '30'],
    ['Service', 'RestartPreventExitStatus', '64 76 77 78'],
    ['Service', 'SuccessExitStatus', '130 143'],
    ['Service', 'OOMPolicy', 'continue'],
    ['Service', 'LimitNOFILE', '65536'],
    ['Service', 'ProtectSystem', 'strict'],
    ['Service', 'ProtectHome', 'read-only'],
    ['Service', 'CapabilityBoundingSet', ''],
    ['Unit', 'StartLimitIntervalSec', '86400'],
    ['Unit', 'StartLimitBurst', '1000'],
    ['Unit', 'After', 'network-online.target'],
    ['Install', 'WantedBy', 'multi-user.target'],
  ])('has %s %s=%s', (section, key, value) => {
    expect(setting(unit, key, section)).toBe(value);
  });

  it.each([
    'MemoryDenyWriteExecute',
    'ProcSubset',
    'ProtectProc',
    'PrivateUsers',
    'PrivateNetwork',
    'WatchdogSec',
    'KillSignal',
  ])('has no %s=, which would end a node or blind the supervisor', (key) => {
    for (const text of [unit, renderServiceUnit(stager)]) expect(setting(text, key)).toBeUndefined();
  });

  it('is bounded by systemd at its start where no message comes', () => {
    const exec = renderServiceUnit({ ...supervisor, notify: false });
    expect(setting(exec, 'Type')).toBe('exec');
    expect(setting(exec, 'NotifyAccess')).toBeUndefined();
    expect(setting(exec, 'TimeoutStartSec')).toBeUndefined();
  });

  it.each([
    [0, '300'],
    [180_000, '300'],
    [180_001, '301'],
    [600_000, '720'],
    [Infinity, 'infinity'],
  ])('is stopped no sooner than a grace of %d ms and two minutes: %s', (graceMs, stop) => {
    expect(setting(renderServiceUnit({ ...supervisor, graceMs }), 'TimeoutStopSec')).toBe(stop);
    expect(setting(renderServiceDropIn({ user: 'val', writable: [], graceMs }), 'TimeoutStopSec')).toBe(stop);
  });

  it('leaves out what it was not given', () => {
    const bare = renderServiceUnit({
      ...supervisor,
      preventRestart: [],
      success: [],
      user: undefined,
      restart: 'on-failure',
    });
    for (const key of [
      'RestartPreventExitStatus',
      'SuccessExitStatus',
      'User',
      'Group',
      'WorkingDirectory',
      'Environment',
    ]) {
      expect(setting(bare, key)).toBeUndefined();
    }
    expect(setting(bare, 'Restart')).toBe('on-failure');
  });

  it('waits for the disks that it writes to', () => {
    expect(all(renderServiceUnit({ ...supervisor, writable: ['/srv/a', '/b'] }), 'RequiresMountsFor', 'Unit')).toEqual([
      '/srv/a',
      '/b',
    ]);
  });

  it('is the same text for the same description', () => {
    expect(renderServiceUnit(structuredClone(supervisor))).toBe(unit);
  });
});

describe('what may be written', () => {
  it('is everything but the system where no directory in common is below /, also under /home', () => {
    const unit = renderServiceUnit({ ...supervisor, writable: undefined });
    expect([setting(unit, 'ProtectSystem'), setting(unit, 'ProtectHome')]).toEqual(['full', 'no']);
    expect(setting(unit, 'ReadWritePaths')).toBeUndefined();
    expect(unit).toContain('hard link');
  });

  it.each([
    ['a writable path', { writable: ['/srv', '/var/tmp/home'] }],
    ['the program', { exec: ['/tmp/node/bin/node'] }],
    ['the working directory', { workingDirectory: '/tmp' }],
  ] satisfies [string, Partial<ServiceUnit>][])('includes the real /tmp where %s lies there', (_, change) => {
    expect(setting(renderServiceUnit({ ...supervisor, ...change }), 'PrivateTmp')).toBe('no');
    expect(setting(renderServiceUnit({ ...supervisor, writable: ['/tmpfs', '/var/tmp.d'] }), 'PrivateTmp')).toBe('yes');
  });

  it('is said by each instance of a template', () => {
    const template = renderServiceUnit({ ...supervisor, user: undefined, writable: [] });
    expect([setting(template, 'ProtectSystem'), setting(template, 'ReadWritePaths')]).toEqual(['strict', undefined]);

    const strict = renderServiceDropIn({ user: 'val', group: 'val', writable: ['/home/val'], restart: 'on-failure' });
    expect(setting(strict, 'User')).toBe('val');
    expect(setting(strict, 'Group')).toBe('val');
    expect(setting(strict, 'Restart')).toBe('on-failure');
    expect(setting(strict, 'TimeoutStopSec')).toBeUndefined();
    expect(all(strict, 'ReadWritePaths')).toEqual(['/home/val']);
    expect(all(strict, 'RequiresMountsFor', 'Unit')).toEqual(['/home/val']);

    const full = renderServiceDropIn({ user: 'val', writable: undefined });
    expect([setting(full, 'ProtectSystem'), setting(full, 'ProtectHome')]).toEqual(['full', 'no']);
  });
});

describe('the service of the stager', () => {
  const unit = renderServiceUnit(stager);

  it('ends by itself, within two hours, and is started by its timer only', () => {
    expect([setting(unit, 'Type'), setting(unit, 'TimeoutStartSec')]).toEqual(['oneshot', '7200']);
    for (const key of ['Restart', 'NotifyAccess', 'RestartPreventExitStatus'])
      expect(setting(unit, key)).toBeUndefined();
    expect(setting(unit, 'WantedBy', 'Install')).toBeUndefined();
    expect(setting(unit, 'StartLimitBurst', 'Unit')).toBeUndefined();
  });

  it('is shut in as the supervisor is', () => {
    const sandbox = (text: string): string[] =>
      parseUnit(text)
        .entries.filter(({ key }) => /Protect|Private|Restrict|Capab|System/.test(key))
        .map(({ key, value }) => `${key}=${value}`);
    expect(sandbox(unit)).toEqual(sandbox(renderServiceUnit(supervisor)));
  });
});

describe('the timer', () => {
  it('makes up for what was missed, at a random time', () => {
    const unit = renderTimerUnit({
      description: 'x',
      onCalendar: 'hourly',
      randomizedDelaySec: 1800,
      unit: 'chainvisor-stager@a.service',
    });
    const settings = ['OnCalendar', 'RandomizedDelaySec', 'Persistent', 'Unit'].map((key) =>
      setting(unit, key, 'Timer'),
    );
    expect(settings).toEqual(['hourly', '1800', 'yes', 'chainvisor-stager@a.service']);
    expect(setting(unit, 'WantedBy', 'Install')).toBe('timers.target');
  });
});

describe('what systemd would refuse or misread is refused', () => {
  const refused = (code: string, render: () => string): void => {
    let error: unknown;
    try {
      render();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SystemdError);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/./) as unknown });
  };

  it.each([
    ['SYSTEMD_TEXT', 'a description of two lines', { description: 'a\nUser=root' }],
    ['SYSTEMD_TEXT', 'NUL in an argument', { exec: ['/bin/x', 'a\0'] }],
    ['SYSTEMD_TEXT', 'half a character', { environment: { A: '\ud83d' } }],
    ['SYSTEMD_TEXT', 'a noncharacter, for which systemd refuses the whole file', { environment: { A: '\u{1ffff}' } }],
    ['SYSTEMD_TEXT', 'a path with a line end', { writable: ['/srv/a\nb'] }],
    ['SYSTEMD_TEXT', 'a directory with a line end', { workingDirectory: '/srv/a\rb' }],
    ['SYSTEMD_TEXT', 'a documentation that is no address', { documentation: 'see README' }],
    ['SYSTEMD_PATH', 'a relative program', { exec: ['chainvisor', 'run'] }],
    ['SYSTEMD_PATH', 'no program', { exec: [] }],
    ['SYSTEMD_PATH', 'a program with a quote', { exec: ["/opt/it's/node"] }],
    ['SYSTEMD_PATH', 'a program that is a directory', { exec: ['/opt/'] }],
    ['SYSTEMD_PATH', 'an empty path', { writable: [''] }],
    ['SYSTEMD_PATH', 'a path of the shell', { writable: ['~/.paloma'] }],
    ['SYSTEMD_PATH', 'a percent sign that is no specifier before a relative path', { writable: ['%h/.paloma'] }],
    ['SYSTEMD_PATH', 'a path that goes up', { writable: ['/srv/../etc'] }],
    ['SYSTEMD_PATH', 'a name that no file can have', { workingDirectory: `/${'a'.repeat(256)}` }],
    ['SYSTEMD_PATH', 'an environment file that is a glob', { environmentFiles: ['/etc/*.env'] }],
    ['SYSTEMD_PATH', 'an environment file that would be optional', { environmentFiles: ['-/etc/a.env'] }],
    ['SYSTEMD_NAME', 'a user with a colon', { user: 'a:b' }],
    ['SYSTEMD_NAME', 'no user', { user: '' }],
    ['SYSTEMD_NAME', 'a user of two lines', { user: 'val\nGroup=root' }],
    ['SYSTEMD_NAME', 'a user with a backslash at its end', { user: 'val\\' }],
    ['SYSTEMD_NAME', 'a group with a specifier', { group: '%i' }],
    ['SYSTEMD_NAME', 'a variable with a dash', { environment: { 'A-B': '1' } }],
    ['SYSTEMD_NUMBER', 'an exit code above 255', { preventRestart: [256] }],
    ['SYSTEMD_NUMBER', 'half an exit code', { success: [1.5] }],
    ['SYSTEMD_NUMBER', 'a grace below 0', { graceMs: -1 }],
    ['SYSTEMD_NUMBER', 'no grace at all', { graceMs: NaN }],
  ] satisfies [string, string, Partial<ServiceUnit>][])('%s for %s', (code, _, change) => {
    refused(code, () => renderServiceUnit({ ...supervisor, ...change }));
  });

  it('in environment files, drop-ins and timers, too', () => {
    refused('SYSTEMD_NAME', () => renderEnvironmentFile({ 'export A': '1' }));
    refused('SYSTEMD_TEXT', () => renderEnvironmentFile({ A: '\0' }));
    refused('SYSTEMD_NAME', () => renderServiceDropIn({ user: '-1', writable: [] }));
    const timer = { description: 'x', onCalendar: 'daily', randomizedDelaySec: 0 };
    refused('SYSTEMD_TEXT', () => renderTimerUnit({ ...timer, onCalendar: ' ' }));
    refused('SYSTEMD_TEXT', () => renderTimerUnit({ ...timer, onCalendar: 'daily\nUnit=x' }));
    refused('SYSTEMD_NUMBER', () => renderTimerUnit({ ...timer, randomizedDelaySec: -1 }));
    refused('SYSTEMD_NAME', () => renderTimerUnit({ ...timer, unit: 'stager' }));
    refused('SYSTEMD_NAME', () => renderTimerUnit({ ...timer, unit: 'a b.service' }));
  });

  it('but not a path that begins with a specifier', () => {
    expect(all(renderServiceUnit({ ...supervisor, writable: [withSpecifiers('%S/x')] }), 'ReadWritePaths')).toEqual([
      '%S/x',
    ]);
  });
});
