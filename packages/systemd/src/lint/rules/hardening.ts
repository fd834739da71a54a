import type { UnitEntry } from '../../unit.js';
import { isYes } from '../read.js';
import type { Draft, Rule } from '../rule.js';
import { add, drop, setTo } from '../rule.js';
import { listOf, setting } from '../subject.js';
import { needsSystem } from './paths.js';

interface Breaking {
  readonly key: string;
  readonly level: 'error' | 'warning';
  /** `allowed` is what IPAddressAllow= names besides this machine. */
  readonly isBad: (value: string, allowed: readonly string[]) => boolean;
  readonly why: string;
  /** What to write instead; undefined where the line is to go. */
  readonly right: string | undefined;
}

const EVERYWHERE: ReadonlySet<string> = new Set(['any', '0.0.0.0/0', '::/0']);
const HERE: ReadonlySet<string> = new Set(['localhost', '127.0.0.0/8', '127.0.0.1', '::1/128', '::1']);

const yes = (value: string): boolean => isYes(value);

const BREAKING: readonly Breaking[] = [
  {
    key: 'MemoryDenyWriteExecute',
    level: 'error',
    isBad: yes,
    why: 'Node.js and CosmWasm compile at run time: chainvisor, or the node, does not start, or dies on the first contract',
    right: 'no',
  },
  {
    key: 'ProcSubset',
    level: 'error',
    isBad: (value) => value === 'pid',
    why: 'chainvisor reads /proc/locks, Go and Node.js /proc/meminfo: who holds a home, and how much memory there is, cannot be told',
    right: 'all',
  },
  {
    key: 'ProtectProc',
    level: 'warning',
    isBad: (value) => value !== 'default',
    why: 'a node of another user on the same home stays hidden: two nodes may sign with one key',
    right: 'default',
  },
  {
    key: 'PrivateUsers',
    level: 'error',
    isBad: (value) => !/^(?:0|no|n|false|f|off)$/i.test(value),
    why: 'chainvisor cannot tell whose a file or a process is: a node that occupies the home is not recognised',
    right: 'no',
  },
  {
    key: 'PrivateNetwork',
    level: 'error',
    isBad: yes,
    why: 'the node reaches no peer',
    right: 'no',
  },
  {
    key: 'IPAddressDeny',
    level: 'error',
    isBad: (value, allowed) => allowed.length === 0 && value.split(/\s+/).some((word) => EVERYWHERE.has(word)),
    why: 'the node does not reach its peers, nor anyone who has a new address',
    right: undefined,
  },
];

/** What may be added to any unit of a node without a second look. */
const HARMLESS = [
  'NoNewPrivileges=yes',
  'ProtectSystem=full',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectControlGroups=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
] as const;

/** Hardening that a node, or chainvisor, does not survive. */
export const breakingHardening: Rule = (subject) => {
  // A validator behind sentries reaches these alone, and means to.
  const allowed = listOf(subject, 'IPAddressAllow').filter((word) => !HERE.has(word));
  return BREAKING.flatMap(({ key, level, isBad, why, right }): Draft[] => {
    const entry = setting(subject, key);
    if (entry === undefined || !isBad(entry.value, allowed)) return [];
    const changes = right === undefined ? allOf(subject.unit.entries, key).map(drop) : [setTo(entry, right)];
    return [
      {
        code: 'HARDENING_BREAKS',
        level,
        at: entry,
        what: `${key}=${entry.value}`,
        why,
        mend: right === undefined ? 'delete the line' : `${key}=${right}`,
        changes,
      },
    ];
  });
};

const allOf = (entries: readonly UnitEntry[], key: string): readonly UnitEntry[] =>
  entries.filter((entry) => entry.section === 'Service' && entry.key === key && entry.value !== '');

/** A unit that nobody has hardened. */
export const missingHardening: Rule = (subject) => {
  // A script of the operator's may do what only an open system lets it.
  if (subject.variables.has('COSMOVISOR_CUSTOM_PREUPGRADE')) return [];
  const lines = HARMLESS.filter((line) => setting(subject, line.slice(0, line.indexOf('='))) === undefined).filter(
    (line) => line !== 'ProtectSystem=full' || !needsSystem(subject),
  );
  const isHardened = ['NoNewPrivileges', 'ProtectSystem'].every((key) => setting(subject, key) !== undefined);
  if (isHardened || lines.length === 0) return [];
  return [
    {
      code: 'HARDENING_MISSING',
      level: 'note',
      at: undefined,
      what: 'nothing keeps the node from what it never needs',
      why: 'whoever finds a hole in the node finds the rest of the machine open',
      mend: `${lines.join(', ')}; \`chainvisor systemd render\` shows all that a node survives`,
      changes: [add('Service', ...lines)],
    },
  ];
};
