import { quoteWord } from '../quote.js';
import { isYes, pathsOf } from '../read.js';
import type { Change, Draft, Rule } from '../rule.js';
import { add, setTo } from '../rule.js';
import { setting, settings } from '../subject.js';
import type { Subject } from '../subject.js';

/** What ProtectHome= hides, and what the levels of ProtectSystem= make read-only. */
const HOMES = ['/home', '/root', '/run/user'];
const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  full: ['/usr', '/boot', '/efi', '/etc'],
  strict: ['/'],
};
const YES_SYSTEM = ['/usr', '/boot', '/efi'];
/** What stays writable under ProtectSystem=strict. */
const KERNEL = ['/dev', '/proc', '/sys'];

const isBelow = (path: string, directory: string): boolean =>
  directory === '/' || `${path}/`.startsWith(`${directory.replace(/\/+$/, '')}/`);

/** Paths that the node, or the stager, writes and the unit takes away. */
export const writablePaths: Rule = (subject) => {
  const needed = neededOf(subject);
  return [...hidden(subject, needed), ...readOnly(subject, needed)];
};

/** Whether the node writes where ProtectSystem=full would no longer let it. */
export const needsSystem = (subject: Subject): boolean =>
  neededOf(subject).some(({ path }) => SYSTEM['full']?.some((directory) => isBelow(path, directory)));

function neededOf(subject: Subject): readonly Needed[] {
  const isStager = subject.start?.isStager === true;
  return (isStager ? ['DAEMON_HOME'] : ['DAEMON_HOME', 'DAEMON_DATA_BACKUP_DIR']).flatMap((name) => {
    const path = subject.variables.get(name)?.value.replaceAll('%%', '%');
    if (path?.startsWith('/') !== true) return [];
    return [{ name, path: isStager ? `${path.replace(/\/+$/, '')}/cosmovisor` : path }];
  });
}

interface Needed {
  readonly name: string;
  readonly path: string;
}

function hidden(subject: Subject, needed: readonly Needed[]): readonly Draft[] {
  const entry = setting(subject, 'ProtectHome');
  const isHiding = entry !== undefined && (isYes(entry.value) || entry.value === 'tmpfs');
  if (!isHiding) return [];
  const program = subject.start?.program ?? '';
  const paths = [...needed.map(({ path }) => path), ...(program.startsWith('/') ? [program] : [])];
  const lost = paths.filter((path) => HOMES.some((home) => isBelow(path, home)));
  const shut = needed.filter(({ path }) => lost.includes(path) && !isOpen(subject, path));
  if (lost.length === 0) return [];
  return [
    {
      code: 'PATH_READ_ONLY',
      level: 'error',
      at: entry,
      what: `ProtectHome=${entry.value} hides ${lost.join(' and ')}`,
      why: 'the node, or chainvisor, does not find its files: it does not start',
      mend: 'ProtectHome=read-only, and ReadWritePaths= for the home of the node',
      changes: [setTo(entry, 'read-only'), ...opened(shut)],
    },
  ];
}

function readOnly(subject: Subject, needed: readonly Needed[]): readonly Draft[] {
  const homes = setting(subject, 'ProtectHome');
  const system = setting(subject, 'ProtectSystem');
  const shutBySystem = SYSTEM[system?.value ?? ''] ?? (isYes(system?.value) ? YES_SYSTEM : []);
  return needed
    .filter(({ path }) => !isOpen(subject, path))
    .flatMap((one): Draft[] => {
      const real = realPath(subject, one.path);
      const byHome = homes?.value === 'read-only' && HOMES.some((home) => isBelow(real, home));
      const bySystem = shutBySystem.some((shut) => isBelow(real, shut) && !KERNEL.some((free) => isBelow(real, free)));
      const entry = byHome ? homes : bySystem ? system : undefined;
      if (entry === undefined) return [];
      return [
        {
          code: 'PATH_READ_ONLY',
          level: 'error',
          at: entry,
          what: `${entry.key}=${entry.value} makes ${one.path} (${one.name}) read-only`,
          why: whyNeeded(subject, one),
          mend: `ReadWritePaths=${quoteWord(one.path)}`,
          changes: opened([one]),
        },
      ];
    });
}

function whyNeeded(subject: Subject, { name }: Needed): string {
  if (subject.start?.isStager === true) return 'no binary can be staged';
  if (name === 'DAEMON_HOME') return 'the node cannot write its data: it does not start';
  return 'no backup can be made, and so no upgrade';
}

/** systemd opens, and shuts, what is behind a link. */
const realPath = ({ context }: Subject, path: string): string => context.realPath?.(path) ?? path;

function isOpen(subject: Subject, path: string): boolean {
  const words = (key: string): readonly string[] => settings(subject, key).flatMap(({ value }) => pathsOf(value));
  // Source, place, options.
  const bound = words('BindPaths').map((word) => word.split(':')[1] ?? word);
  const open = [...words('ReadWritePaths'), ...words('ReadWriteDirectories'), ...bound];
  const state = settings(subject, 'StateDirectory').flatMap(({ value }) =>
    pathsOf(value).map((name) => `/var/lib/${name}`),
  );
  return [...open.map((word) => word.replace(/^[-+]+/, '')), ...state].some(
    // What a specifier stands for is not known here.
    (directory) => directory.includes('%') || isBelow(realPath(subject, path), realPath(subject, directory)),
  );
}

function opened(needed: readonly Needed[]): readonly Change[] {
  if (needed.length === 0) return [];
  return [
    add('Service', `ReadWritePaths=${needed.map(({ path }) => quoteWord(path.replaceAll('%', '%%'))).join(' ')}`),
  ];
}
