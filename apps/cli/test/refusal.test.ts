import { createLayout } from '@chainvisor/layout';
import type { Refusal } from '@chainvisor/policy';
import { describe, expect, it } from 'vitest';
import { refusalError } from '../src/supervise/refusal.js';

const layout = createLayout({ home: '/h', daemon: 'palomad', recase: true });
const plan = { name: 'v2', height: 10, info: '' };

describe('a refusal', () => {
  it.each<[string, Refusal, number, string[]]>([
    [
      'current is no link',
      { why: 'current-not-a-link', kind: 'directory' },
      66,
      ['/h/cosmovisor/current is a directory', 'move it away'],
    ],
    [
      'what ran last is gone',
      { why: 'current-lost', target: 'upgrades/v2' },
      67,
      ['/h/cosmovisor/current is gone', '/h/cosmovisor/upgrades/v2/bin/palomad'],
    ],
    [
      'the binary is missing',
      { why: 'binary-missing', plan, target: 'upgrades/v2', detail: 'no such file' },
      68,
      [
        'upgrade "v2" at height 10 is due',
        '/h/cosmovisor/upgrades/v2/bin/palomad',
        'no such file',
        'put the new palomad there',
      ],
    ],
    [
      'its name gives no directory',
      { why: 'binary-missing', plan: { ...plan, name: '..' }, target: '', detail: 'no directory' },
      68,
      ['upgrade ".." at height 10', 'no place for its binary', 'no directory', 'see whether upgrade-info.json'],
    ],
    [
      'a manual upgrade is passed',
      { why: 'manual-passed', plan, height: 12 },
      76,
      ['"v2" at height 10 is passed', 'height 12', '/h/cosmovisor/current'],
    ],
  ])('because %s names path, cause and what to do', (_, refusal, exitCode, parts) => {
    const error = refusalError(layout, refusal);
    expect(error.exitCode).toBe(exitCode);
    const text = [error.message, error.reason, error.hint].join('\n');
    for (const part of parts) expect(text).toContain(part);
    expect(error.hint).toBeDefined();
    expect(text).not.toContain('/h/cosmovisor/bin');
  });
});
