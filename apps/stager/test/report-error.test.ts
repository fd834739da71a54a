import { ConfigError } from '@chainvisor/config';
import { FetcherError, type FetcherErrorCode } from '@chainvisor/fetcher';
import { LayoutError } from '@chainvisor/layout';
import { StagingError, type StagingErrorCode } from '@chainvisor/staging';
import type { SystemdErrorCode } from '@chainvisor/systemd';
import type { HostErrorCode } from '@chainvisor/systemd-host';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { StagerError, type StagerErrorCode } from '../src/errors.js';
import { exitCodes } from '../src/exit-codes.js';
import { asText } from '@chainvisor/report';
import { explain } from '../src/report-error.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const rows = [...readme.matchAll(/^\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|([^|]+)\|([^|]+)\|$/gm)];

describe('the exit codes', () => {
  it('are those that the README explains, and no others', () => {
    const documented = new Map(rows.map(([, code, name = '']) => [name, Number(code)]));
    expect(documented).toEqual(new Map(Object.entries(exitCodes)));
    for (const [, , , when = '', todo = ''] of rows) expect([when.trim(), todo.trim()]).not.toContain('');
  });

  it('differ from each other', () => {
    const codes = Object.values(exitCodes);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('an error of ours', () => {
  it('is what, why and what to do', () => {
    const error = new StagerError('source', 'none', { reason: 'one\ntwo', hint: 'so' });
    const { exitCode, ...parts } = explain(error);
    expect(asText({ ...parts, exitCode })).toBe('Error: none\n  why: one\n       two\n  do: so');
    expect(exitCode).toBe(65);
  });

  it.each(Object.entries(exitCodes).filter(([code]) => code !== 'done'))('%s ends with %i', (code, exitCode) => {
    expect(explain(new StagerError(code as StagerErrorCode, 'what')).exitCode).toBe(exitCode);
  });

  it('shows nothing that could drive a terminal', () => {
    expect(asText(explain(new StagerError('source', 'a\u001b[31m\u202eb')))).toBe('Error: a\\u001b[31m\\u202eb');
  });
});

describe('an error of a package', () => {
  it.each<[SystemdErrorCode | HostErrorCode, number]>([
    ['SYSTEMD_PATH', 78],
    ['SYSTEMD_NAME', 78],
    ['SYSTEMD_HOST_NAME_INVALID', 64],
    ['SYSTEMD_HOST_USER_MISSING', 78],
    ['SYSTEMD_HOST_OTHER_HOME', 78],
    ['SYSTEMD_HOST_PROGRAM_TEMPORARY', 78],
    ['SYSTEMD_HOST_FOREIGN_FILE', 66],
    ['SYSTEMD_HOST_NOT_ROOT', 66],
  ])('%s ends with %i', (code, exitCode) => {
    const error = Object.assign(new Error('what'), { code, hint: 'so' });
    expect(explain(error)).toEqual({ what: 'what', why: undefined, hint: 'so', exitCode });
  });

  it.each<[FetcherErrorCode, number]>([
    ['FETCHER_NOT_FOUND', 74],
    ['FETCHER_STATUS', 74],
    ['FETCHER_NETWORK', 74],
    ['FETCHER_STALLED', 74],
    ['FETCHER_TIMEOUT', 74],
    ['FETCHER_CHECKSUM_MISMATCH', 65],
    ['FETCHER_CHECKSUM_MISSING', 65],
    ['FETCHER_ARCHIVE_UNSAFE', 65],
    ['FETCHER_BINARY_AMBIGUOUS', 65],
    ['FETCHER_WRITE_FAILED', 66],
    ['FETCHER_PROXY_INVALID', 78],
  ])('%s ends with %i', (code, exitCode) => {
    const explanation = explain(new FetcherError(code, 'what', { hint: 'so' }));
    expect(explanation).toEqual({ what: 'what', why: undefined, hint: 'so', exitCode });
  });

  it.each<[StagingErrorCode, number]>([
    ['STAGING_NO_BINARY', 65],
    ['STAGING_INFO_UNUSABLE', 65],
    ['STAGING_WILL_NOT_RUN', 67],
    ['STAGING_OTHER_VERSION', 67],
    ['STAGING_IO_FAILED', 66],
  ])('%s ends with %i', (code, exitCode) => {
    expect(explain(new StagingError(code, 'what')).exitCode).toBe(exitCode);
  });

  it('of the disk or the settings ends with 66 or 78', () => {
    expect(explain(new LayoutError('LAYOUT_WRITE_FAILED', 'what')).exitCode).toBe(66);
    expect(explain(new LayoutError('LAYOUT_HOME_INVALID', 'what')).exitCode).toBe(78);
    expect(explain(new ConfigError('CONFIG_FILE_MISSING', 'what')).exitCode).toBe(78);
  });
});

it.each([
  ['an error', new TypeError('x is not a function')],
  ['an error of the system', Object.assign(new Error('gone'), { code: 'ENOENT' })],
  ['a text', 'thrown text'],
])('%s that nobody expected is a bug, with its stack', (_, error) => {
  const { what, exitCode } = explain(error);
  expect(exitCode).toBe(70);
  expect(what).toContain('this is a bug of chainvisor-stager');
  expect(what).toContain(error instanceof Error ? (error.stack ?? '') : 'thrown text');
});
