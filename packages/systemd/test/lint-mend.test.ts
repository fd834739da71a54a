import { describe, expect, it } from 'vitest';
import { lintUnit, mendUnit, mergeUnits, parseUnit, renderServiceUnit, renderTimerUnit } from '../src/index.ts';
import type { Finding, SupervisorService } from '../src/index.ts';
import { codes, context, lint, marks, mend, unitWith } from './lint-units.ts';

const finding: Finding = {
  code: 'X',
  level: 'note',
  file: undefined,
  line: undefined,
  what: 'x',
  why: 'x',
  mend: 'x',
  edits: [],
};
const add = (section: string, ...lines: readonly string[]): Finding => ({
  ...finding,
  edits: [{ do: 'add', file: undefined, section, lines }],
});
const replace = (line: number, lastLine: number, ...lines: readonly string[]): Finding => ({
  ...finding,
  edits: [{ do: 'replace', file: undefined, line, lastLine, lines }],
});

describe('mendUnit', () => {
  it('keeps every other line and comment where it was', () => {
    const text = '# top\n[Unit]\nA=b\n# about c\nC=d\n\n# the next section\n[Service]\nE=f\n# end\n';
    expect(mendUnit(text, [add('Unit', 'X=y'), replace(9, 9, 'E=g')])).toBe(
      '# top\n[Unit]\nA=b\n# about c\nC=d\nX=y\n\n# the next section\n[Service]\nE=g\n# end\n',
    );
  });

  it('makes a section that is not there', () => {
    expect(mendUnit('[Unit]\nA=b', [add('Service', 'X=y', 'Z=z')])).toBe('[Unit]\nA=b\n\n[Service]\nX=y\nZ=z\n');
    expect(mendUnit('', [add('Service', 'X=y')])).toBe('[Service]\nX=y\n');
  });

  it('adds a line once, whoever asks for it', () => {
    expect(mendUnit('[Unit]\n', [add('Unit', 'X=y'), add('Unit', 'X=y')])).toBe('[Unit]\nX=y\n');
  });

  it('keeps the line ends of the text', () => {
    expect(mendUnit('[Unit]\r\nA=b\r\n', [add('Unit', 'X=y'), replace(2, 2, 'C=d')])).toBe('[Unit]\r\nC=d\r\nX=y\r\n');
  });

  it('does not let a line that is left open take in a new one', () => {
    const text = '[Unit]\nA=b \\\n# the end';
    const { entries } = parseUnit(mendUnit(text, [add('Unit', 'X=y')]));
    expect(entries.map(({ key, value }) => [key, value])).toEqual([
      ['A', 'b'],
      ['X', 'y'],
    ]);
  });

  it('replaces a setting of several lines, and leaves out what does not fit', () => {
    const text = '[Service]\nA=b \\\n  c\nD=e\n';
    expect(mendUnit(text, [replace(2, 3, 'A=x'), replace(3, 4, 'Y=z'), replace(9, 9, 'N=n')])).toBe(
      '[Service]\nA=x\nD=e\n',
    );
  });

  it('mends one file of several, and puts what is missing into the main one', () => {
    const main = unitWith({ without: ['User'] });
    const dropIn = '[Service]\nKillMode=none\n';
    const unit = mergeUnits([parseUnit(main, '/main'), parseUnit(dropIn, '/drop-in')]);
    const findings = lintUnit(unit, context);
    expect(findings.map(({ code, file, line }) => [code, file, line])).toEqual([
      ['KILL_MODE', '/drop-in', 2],
      ['USER_MISSING', '/main', undefined],
    ]);
    expect(mendUnit(dropIn, findings, '/drop-in')).toBe('[Service]\nKillMode=control-group\n');
    expect(mendUnit(main, findings, '/main')).toContain('User=paloma');
  });
});

describe('mends of one line', () => {
  it("do not get in each other's way", () => {
    const text = unitWith({
      without: ['Environment', 'ExecStart'],
      service: [
        `ENVIRONMENT='export DAEMON_NAME=palomad DAEMON_HOME=$HOME/.paloma DAEMON_LOG_BUFFER_SIZE=5'`,
        'ExecStart=cosmovisor start --x-crisis-skip-assert-invariants \\',
        '  --inv-check-period 5 \\',
        '  --home ~/.paloma --log_level info',
      ],
    });
    const findings = lint(text);
    expect(marks(findings)).toEqual([
      ...['KEY_UNKNOWN:20', 'ENV_EXPORT:20', 'ENV_QUOTED_LIST:20', 'ENV_HOME:20', 'ENV_NO_EFFECT:20'],
      ...[
        'EXEC_COSMOVISOR:21',
        'EXEC_NOT_ABSOLUTE:21',
        'EXEC_WITHOUT_RUN:21',
        'EXEC_TILDE:21',
        'FLAG_LOST:21',
        'FLAG_LOST:21',
      ],
    ]);
    const mended = mendUnit(text, findings);
    expect(mended).toContain(
      'Environment=DAEMON_NAME=palomad\nEnvironment=DAEMON_HOME=/home/paloma/.paloma\n' +
        'ExecStart=/usr/local/bin/chainvisor run start \\\n  --home /home/paloma/.paloma \\\n  --log_level info\n',
    );
    expect(lint(mended)).toEqual([]);
  });

  it('count a setting above the first section as the one that was meant', () => {
    const text = `Restart=always\n${unitWith({ without: ['Restart'] })}`;
    expect(marks(lint(text))).toEqual(['LINE_WITHOUT_SECTION:1']);
    expect(lint(mend(text))).toEqual([]);
  });

  it('say nothing of what is missing while a section cannot be read', () => {
    const text = unitWith().replace('[Service]', '[service]');
    expect(codes(lint(text))).toEqual(['SECTION_UNKNOWN']);
    expect(mend(text)).toBe(unitWith());
    expect(codes(lint(unitWith().replace('[Service]', '[Service')))).toEqual(['SECTION_UNKNOWN']);
  });
});

describe('the environment that is known besides', () => {
  const from = (source: string, values: Record<string, string>) =>
    new Map(Object.entries(values).map(([name, value]) => [name, { value, source }]));

  it('counts, and is not mended in the unit where a file gives it', () => {
    const environment = from('/etc/paloma.env:3', { UNSAFE_SKIP_BACKUP: 'true', DAEMON_HOME: '/data' });
    const findings = lint(unitWith({ service: ['EnvironmentFile=/etc/paloma.env'] }), { ...context, environment });
    expect(marks(findings)).toEqual(['ENV_SKIP_BACKUP']);
    expect(findings[0]?.edits).toEqual([]);
  });

  it('does not hide what a line of the unit has wrong', () => {
    const text = unitWith({ service: ['Environment=DAEMON_NAME=palomad', 'Environment=DAEMON_HOME=~/.paloma'] });
    const environment = from('unit:12', { DAEMON_HOME: '~/.paloma' });
    expect(codes(lint(text, { ...context, environment }))).toEqual(['ENV_HOME']);
  });
});

describe('what is rendered', () => {
  const service: SupervisorService = {
    kind: 'supervisor',
    description: 'Paloma',
    user: 'paloma',
    exec: ['/opt/node/bin/node', '/opt/chainvisor/main.js', 'run', 'start'],
    environment: { DAEMON_NAME: 'palomad', DAEMON_HOME: '/home/paloma/.paloma', MONIKER: 'a b % " \\ ü' },
    writable: ['/home/paloma'],
    notify: true,
    graceMs: 60_000,
    restart: 'always',
    preventRestart: [64, 76, 77, 78],
    success: [130, 143],
  };

  it.each<[string, string]>([
    ['a service that tells when the node runs', renderServiceUnit(service)],
    ['one that does not', renderServiceUnit({ ...service, notify: false })],
    ['one that may write anywhere', renderServiceUnit({ ...service, writable: undefined })],
    [
      'one that reads its variables from a file',
      renderServiceUnit({ ...service, environment: {}, environmentFiles: ['/etc/chainvisor/paloma.env'] }),
    ],
    ['one with a long grace', renderServiceUnit({ ...service, graceMs: 600_000 })],
  ])('has no finding: %s', (_, text) => {
    expect(lint(text, { ...context, graceMs: text.includes('TimeoutStopSec=720') ? 600_000 : 60_000 })).toEqual([]);
  });

  it("has no finding: the stager's", () => {
    const { description, user, writable, success } = service;
    const exec = ['/opt/node/bin/node', '/opt/chainvisor-stager/main.js', 'run'] as const;
    const text = renderServiceUnit({ kind: 'oneshot', description, user, writable, success, exec });
    expect(lint(text, { ...context, unitName: 'chainvisor-stager.service' })).toEqual([]);
  });

  it('has no finding: a timer', () => {
    const text = renderTimerUnit({ description: 'Stage', onCalendar: 'hourly', randomizedDelaySec: 600 });
    expect(lint(text, { ...context, unitName: 'chainvisor-stager.timer' })).toEqual([]);
  });
});
