import { expect, it } from 'vitest';
import { aboutUpgrade, nodePhase, stopText } from '../../src/notify/texts.js';
import { silentNotifier } from '../../src/notify/notifier.js';

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

it.for([
  { unverified: undefined, coming: undefined, text: 'running genesis' },
  { unverified: undefined, coming: v2, text: 'running genesis, upgrade "v2" at height 5 is coming' },
  { unverified: v2, coming: undefined, text: 'migrating: upgrade "v2" at height 5 is switched, not verified yet' },
  { unverified: v2, coming: v3, text: 'migrating: upgrade "v2" at height 5 is switched, not verified yet' },
])('a node that runs: $text', ({ text, ...facts }) => {
  expect(nodePhase({ target: 'genesis', ...facts })).toBe(text);
});

it('a stop says who asked for it, and for which upgrade systemd is asked to wait', () => {
  expect(stopText('SIGTERM', undefined)).toBe('stopping by SIGTERM');
  expect(stopText('a bug', v2)).toMatch(
    /^stopping by a bug: upgrade "v2" at height 5 is not verified yet, .* an hour$/,
  );
});

it('the steps of an upgrade are told with its name', () => {
  const told: unknown[] = [];
  const notifier = aboutUpgrade({ ...silentNotifier, status: (...said) => told.push(said) }, v2);
  notifier.status('backing up', 'copying 42%');
  notifier.status('switching');
  expect(told).toEqual([
    ['upgrade "v2" at height 5: backing up', 'copying 42%'],
    ['upgrade "v2" at height 5: switching', undefined],
  ]);
});
