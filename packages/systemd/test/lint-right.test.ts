import { describe, expect, it } from 'vitest';
import { CHAINVISOR, start } from './lint-cases.ts';
import { lint, unitWith } from './lint-units.ts';
import type { Change } from './lint-units.ts';

describe('a unit that is right', () => {
  it('has no finding', () => {
    expect(lint(unitWith())).toEqual([]);
  });

  it.each<[string, Change]>([
    ['keys for other tools', { service: ['X-Note=mine', 'Type=exec'] }],
    ['as many files as there can be', { service: ['LimitNOFILE=infinity'] }],
    ['more files in the second of two numbers', { service: ['LimitNOFILE=1024:524288'] }],
    ['a start limit that is infinite', { unit: ['StartLimitIntervalSec=infinity'] }],
    ['node by its own path', start('/opt/node/bin/node /opt/chainvisor/main.js run start --x')],
    ['a stop without a limit', { service: ['TimeoutStopSec=infinity'] }],
    [
      'a home that is opened',
      { service: ['ProtectSystem=strict', 'ProtectHome=read-only', 'ReadWritePaths=/home/paloma'] },
    ],
    [
      'settings from a file that is not known',
      { without: ['Environment'], service: ['EnvironmentFile=/etc/chainvisor/paloma.env'] },
    ],
    [
      "settings from cosmovisor's file",
      { without: ['Environment'], service: [`${CHAINVISOR} --cosmovisor-config /x/config.toml`] },
    ],
    ['a reset of a command that was given', { service: ['ExecStartPre=/bin/true', 'ExecStartPre='] }],
  ])('has none with %s', (_, change) => {
    expect(lint(unitWith(change))).toEqual([]);
  });

  it('may open the directory that the link of the home leads to, and has an error where another is opened', () => {
    const realPath = (path: string) => path.replace('/home/paloma/.paloma', '/srv/paloma');
    const opened = (path: string) =>
      unitWith({ service: ['ProtectSystem=strict', 'ProtectHome=read-only', `ReadWritePaths=${path}`] });
    expect(lint(opened('/srv/paloma'), { realPath })).toEqual([]);
    expect(lint(opened('/home/paloma/.paloma'), { realPath })).toEqual([]);
    expect(lint(opened('/srv/other'), { realPath })).toMatchObject([{ code: 'PATH_READ_ONLY', level: 'error' }]);
  });
});
