import { expect, it } from 'vitest';
import { takeServiceVariables } from '../../src/notify/service-variables.js';

it('what systemd means for its service alone is taken out, and all else stays', () => {
  const env: Record<string, string | undefined> = {
    PATH: '/bin',
    NOTIFY_SOCKET: '@/run/x',
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '7',
    LISTEN_PID: '7',
    LISTEN_PIDFDID: '8',
    LISTEN_FDS: '1',
    LISTEN_FDNAMES: 'a',
    JOURNAL_STREAM: '8:9',
    INVOCATION_ID: 'f',
  };
  expect(takeServiceVariables(env)).toEqual({ socket: '@/run/x', watchdog: '30000000' });
  expect(env).toEqual({ PATH: '/bin', JOURNAL_STREAM: '8:9', INVOCATION_ID: 'f' });
});

it('an empty variable is none', () => {
  const env: Record<string, string | undefined> = { NOTIFY_SOCKET: '', WATCHDOG_USEC: '' };
  expect(takeServiceVariables(env)).toEqual({ socket: undefined, watchdog: undefined });
  expect(env).toEqual({});
});
