import { SystemdError } from '../errors.js';
import type { ServiceDropIn, ServiceUnit, SupervisorService } from '../service-unit.js';
import { exitCodes, seconds, userName, variableName } from './checks.js';
import { directoryLine, globLine, programWord } from './path.js';
import { mountLines, sandboxLines, temporaryLines, writableLines } from './sandbox.js';
import { cWord, oneLine, type UnitText } from './text.js';

/** The shortest stop time: a large store needs minutes to close. */
const STOP_MS = 300_000;
/** What the supervisor needs besides the node's grace. */
const STOP_MARGIN_MS = 120_000;

/**
 * The text of a service's unit. The same description gives the same text.
 * @throws SystemdError for what systemd would refuse, ignore or read otherwise.
 */
export function renderServiceUnit(service: ServiceUnit): string {
  const { kind, description, documentation, writable, exec, workingDirectory } = service;
  const supervisor = kind === 'supervisor' ? service : undefined;
  return text([
    '[Unit]',
    `Description=${oneLine('Description', description)}`,
    ...(documentation === undefined ? [] : [`Documentation=${url(documentation)}`]),
    'Wants=network-online.target',
    'After=network-online.target',
    ...mountLines(writable),
    ...(supervisor === undefined ? [] : START_LIMIT),
    '',
    '[Service]',
    ...(supervisor === undefined ? ONESHOT : typeLines(supervisor)),
    ...identityLines(service),
    ...environmentLines(service),
    `ExecStart=${commandLine(exec)}`,
    '',
    ...(supervisor === undefined ? [] : lifeLines(supervisor)),
    ...(service.success.length === 0 ? [] : [`SuccessExitStatus=${exitCodes('SuccessExitStatus', service.success)}`]),
    ...(supervisor === undefined ? BACKGROUND : LIMITS),
    '',
    ...sandboxLines(writable, [...exec.slice(0, 1), ...(workingDirectory === undefined ? [] : [workingDirectory])]),
    ...(supervisor === undefined ? [] : ['', '[Install]', 'WantedBy=multi-user.target']),
  ]);
}

/**
 * The text of the drop-in that makes an instance of a template its own.
 * @throws SystemdError as `renderServiceUnit`.
 */
export function renderServiceDropIn(dropIn: ServiceDropIn): string {
  const { writable, graceMs, restart } = dropIn;
  const mounts = mountLines(writable);
  return text([
    ...(mounts.length === 0 ? [] : ['[Unit]', ...mounts, '']),
    '[Service]',
    ...identityLines(dropIn),
    ...(graceMs === undefined ? [] : [stopLine(graceMs)]),
    ...(restart === undefined ? [] : [`Restart=${restart}`]),
    ...writableLines(writable),
    ...temporaryLines(writable ?? []),
  ]);
}

const START_LIMIT = [
  '# A service that never comes up is tried for about eight hours, then it is failed, for somebody to look at.',
  'StartLimitIntervalSec=86400',
  'StartLimitBurst=1000',
];

const ONESHOT = ['Type=oneshot', '# Time for a download over a slow line.', 'TimeoutStartSec=7200'];

const BACKGROUND = ['# The node comes first.', 'Nice=10', 'IOSchedulingPriority=7'];

const LIMITS = [
  '# A child that the kernel kills for its memory is for the supervisor to see to.',
  'OOMPolicy=continue',
  '# A node has its store and its peers open; the default of 1024 is too few.',
  'LimitNOFILE=65536',
];

function typeLines({ notify }: SupervisorService): readonly string[] {
  if (!notify) return ['Type=exec'];
  return [
    '# Started when the node runs. The messages are sent by systemd-notify, a child of the main process.',
    'Type=notify',
    'NotifyAccess=all',
    '# The supervisor bounds its own waits: a message that is lost must never make systemd kill a node.',
    'TimeoutStartSec=infinity',
  ];
}

function identityLines({ user, group }: { readonly user: string | undefined; readonly group?: string }): string[] {
  return [
    ...(user === undefined ? ['# The user is in the drop-in of each instance.'] : [`User=${userName('User', user)}`]),
    ...(group === undefined ? [] : [`Group=${userName('Group', group)}`]),
  ];
}

function environmentLines({ environment = {}, environmentFiles = [], workingDirectory }: ServiceUnit): string[] {
  return [
    ...Object.entries(environment).map(([name, value]) => {
      return `Environment=${cWord('Environment', `${variableName(name)}=${value}`)}`;
    }),
    ...environmentFiles.map((path) => `EnvironmentFile=${globLine('EnvironmentFile', path)}`),
    ...(workingDirectory === undefined
      ? []
      : [`WorkingDirectory=${directoryLine('WorkingDirectory', workingDirectory)}`]),
  ];
}

function lifeLines({ graceMs, restart, preventRestart }: SupervisorService): readonly string[] {
  return [
    '# A stop reaches the supervisor and the node at once. Under KillMode=mixed a supervisor that crashed would make systemd',
    '# kill the node without a warning.',
    'KillMode=control-group',
    '# Longer than the grace of the node, so that systemd never cuts it short.',
    stopLine(graceMs),
    `Restart=${restart}`,
    'RestartSec=30',
    ...(preventRestart.length === 0
      ? []
      : [
          '# Exit codes that say that only the operator can help.',
          `RestartPreventExitStatus=${exitCodes('RestartPreventExitStatus', preventRestart)}`,
        ]),
  ];
}

function stopLine(graceMs: number): string {
  return `TimeoutStopSec=${seconds('TimeoutStopSec', graceMs < 0 ? graceMs : Math.max(STOP_MS, graceMs + STOP_MARGIN_MS))}`;
}

/** The program, then its arguments, in which a `$` would begin a variable. */
function commandLine([program = '', ...args]: ServiceUnit['exec']): string {
  return [programWord('ExecStart', program), ...args.map((arg) => cWord('ExecStart', dollarsDoubled(arg)))].join(' ');
}

function dollarsDoubled(text: UnitText): UnitText {
  return typeof text === 'string'
    ? text.replaceAll('$', '$$$$')
    : { specifiers: text.specifiers.replaceAll('$', '$$$$') };
}

function url(documentation: string): string {
  if (/^(?:https?:\/\/|file:\/|info:|man:)[^\s"'\\]+$/.test(documentation))
    return oneLine('Documentation', documentation);
  throw new SystemdError('SYSTEMD_TEXT', `Documentation= is no address: ${JSON.stringify(documentation)}`, {
    hint: 'give one that begins with https://, http://, file:/, info: or man:',
  });
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
