import { lintUnit, mendUnit, parseUnit } from '../src/index.ts';
import type { Finding, LintCode, LintContext } from '../src/index.ts';

/** What chainvisor knows of a machine on which the node of `goodUnit` is set up. */
export const context: LintContext = {
  unitName: 'palomad.service',
  user: 'paloma',
  userHome: '/home/paloma',
  graceMs: 60_000,
  preventRestart: [64, 76, 77, 78],
  success: [130, 143],
};

const GOOD = {
  Unit: [
    'Description=Paloma',
    'After=network-online.target',
    'Wants=network-online.target',
    'StartLimitIntervalSec=86400',
    'StartLimitBurst=1000',
  ],
  Service: [
    'Type=exec',
    'User=paloma',
    'Environment=DAEMON_NAME=palomad',
    'Environment=DAEMON_HOME=/home/paloma/.paloma',
    'ExecStart=/usr/local/bin/chainvisor run start',
    'KillMode=control-group',
    'TimeoutStopSec=300',
    'Restart=always',
    'RestartSec=30',
    'RestartPreventExitStatus=64 76 77 78',
    'SuccessExitStatus=130 143',
    'LimitNOFILE=65536',
    'NoNewPrivileges=yes',
    'ProtectSystem=full',
  ],
  Install: ['WantedBy=multi-user.target'],
} as const;

/** What a unit has of its own; a key that is given, or named in `without`, is taken out of the good one first. */
export interface Change {
  readonly without?: readonly string[];
  readonly unit?: readonly string[];
  readonly service?: readonly string[];
  readonly install?: readonly string[];
}

/** A unit without a mistake, changed. */
export function unitWith({ without = [], unit = [], service = [], install = [] }: Change = {}): string {
  const keyOf = (line: string): string => line.slice(0, line.indexOf('='));
  const out = new Set([...without, ...[...unit, ...service, ...install].map(keyOf)]);
  const kept = (lines: readonly string[]): readonly string[] => lines.filter((line) => !out.has(keyOf(line)));
  const sections = [
    ['[Unit]', ...kept(GOOD.Unit), ...unit],
    ['[Service]', ...kept(GOOD.Service), ...service],
    ['[Install]', ...kept(GOOD.Install), ...install],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

export const lint = (text: string, known: LintContext = context): readonly Finding<LintCode>[] =>
  lintUnit(parseUnit(text), known);

/** Codes with their lines: `TYPE:8`, `USER_MISSING` where there is no line. */
export const marks = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ code, line }) => (line === undefined ? code : `${code}:${line}`));

export const codes = (findings: readonly Finding[]): readonly string[] => findings.map(({ code }) => code);

export const errors = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ level }) => level === 'error');

/** The text with all its findings mended. */
export const mend = (text: string, known: LintContext = context): string => mendUnit(text, lint(text, known));
