import { pathWord } from './path.js';
import { writtenText, type UnitText } from './text.js';

const TEMPORARY = /^\/(?:var\/)?tmp(?:\/|$)/;

/** What a node (Go, with wasm) and Node.js live with, and their children: no more than these calls and no new rights. */
const HARDENING = `
# What neither the supervisor nor a node needs. MemoryDenyWriteExecute= is not here, as it kills Node.js and wasm; nor are
# ProtectProc=, ProcSubset= and PrivateUsers=, as who holds a home is found in /proc; nor PrivateNetwork=.
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
`;

/** The lines of [Service] that shut a service in. `used` are the paths that it must see besides. */
export function sandboxLines(writable: readonly UnitText[] | undefined, used: readonly UnitText[]): readonly string[] {
  return [
    ...writableLines(writable),
    ...temporaryLines([...(writable ?? []), ...used]),
    ...HARDENING.trimEnd().split('\n'),
  ];
}

/** The lines of [Service] that say what may be written. */
export function writableLines(writable: readonly UnitText[] | undefined): readonly string[] {
  if (writable === undefined) {
    return [
      '# What is written has no directory in common below /, and each path that ReadWritePaths= opens becomes a mount of its',
      '# own, across which no hard link can be made. So only /usr, /boot and /etc are read-only.',
      'ProtectSystem=full',
      'ProtectHome=no',
    ];
  }
  return [
    '# All is read-only but what ReadWritePaths= opens. Each of its paths becomes a mount of its own, across which no hard link',
    '# can be made: one directory above home, data and backups is opened, not each of them.',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    ...writable.map((path) => `ReadWritePaths=${pathWord('ReadWritePaths', path)}`),
  ];
}

/** Whether /tmp is the service's own: not where something of it lies there, which it would no longer see. */
export function temporaryLines(paths: readonly UnitText[]): readonly string[] {
  if (!paths.some((path) => TEMPORARY.test(writtenText(path)))) return ['PrivateTmp=yes'];
  return [
    '# What the service uses lies in a directory for temporary files, so that cannot be its own.',
    'PrivateTmp=no',
  ];
}

/** The lines of [Unit] that order a service behind the disks it writes to. */
export function mountLines(writable: readonly UnitText[] | undefined): readonly string[] {
  if (writable === undefined || writable.length === 0) return [];
  return [
    '# Not before these disks are mounted, else a home would look empty.',
    ...writable.map((path) => `RequiresMountsFor=${pathWord('RequiresMountsFor', path)}`),
  ];
}
