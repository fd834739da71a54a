import type { Rule } from '../rule.js';
import { add } from '../rule.js';
import { setting } from '../subject.js';

/** A service that nobody starts. */
export const install: Rule = (subject) => {
  const starts = ['WantedBy', 'RequiredBy', 'UpheldBy', 'Also', 'Alias'];
  if (starts.some((key) => setting(subject, key, 'Install') !== undefined)) return [];
  return [
    {
      code: 'INSTALL_MISSING',
      level: 'warning',
      at: undefined,
      what: '[Install] does not say when the service starts by itself',
      why: '`systemctl enable` can do nothing: after a reboot of the machine the validator stays down',
      mend: 'WantedBy=multi-user.target in [Install], then systemctl enable',
      changes: [add('Install', 'WantedBy=multi-user.target')],
    },
  ];
};

/** What the service waits for at boot. */
export const network: Rule = (subject) => {
  const { entries } = subject.unit;
  const names = (key: string): readonly string[] =>
    entries.filter((entry) => entry.section === 'Unit' && entry.key === key).flatMap(({ value }) => value.split(/\s+/));
  const online = 'network-online.target';
  const isAfter = names('After').includes(online);
  const isWanted = ['Wants', 'Requires', 'BindsTo'].some((key) => names(key).includes(online));
  if (isAfter && isWanted) return [];

  const entry = setting(subject, 'After', 'Unit');
  const lines = [...(isAfter ? [] : [`After=${online}`]), ...(isWanted ? [] : [`Wants=${online}`])];
  const pulled = isAfter ? `After=${online} without Wants=${online}` : `nothing makes the service wait for ${online}`;
  return [
    {
      code: 'NETWORK_ONLINE',
      level: 'note',
      at: isAfter ? entry : undefined,
      what: pulled,
      why: 'After= only orders, and network.target says nothing of addresses: at boot the node may start before it can reach a peer',
      mend: `${lines.join(' and ')} in [Unit]`,
      changes: [add('Unit', ...lines)],
    },
  ];
};
