import { hostname } from 'node:os';
import { basename } from 'node:path';
import { parseUnitName } from './unit-name.js';

/**
 * What specifiers of a system service stand for, by their letter: systemd.unit(5), "Specifiers". Those of the machine that
 * no setting of ours needs are left out. `%h` and `%u` are of the service manager, root, whatever `User=` says.
 */
export function specifiersOf(unit: string, file: string): Readonly<Record<string, string>> {
  const { name, prefix, instance = '' } = parseUnitName(unit);
  return {
    n: name,
    N: name.slice(0, name.lastIndexOf('.')),
    p: prefix,
    P: unescape(prefix),
    i: instance,
    I: unescape(instance),
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    J: unescape(prefix.slice(prefix.lastIndexOf('-') + 1)),
    f: `/${unescape(instance === '' ? prefix : instance).replace(/^\/+/, '')}`,
    y: file,
    Y: file.slice(0, -basename(file).length - 1) || '/',
    H: hostname(),
    l: hostname().split('.')[0] ?? '',
    h: '/root',
    u: 'root',
    U: '0',
    g: 'root',
    G: '0',
    s: '/bin/sh',
    t: '/run',
    S: '/var/lib',
    C: '/var/cache',
    L: '/var/log',
    E: '/etc',
    T: '/tmp',
    V: '/var/tmp',
  };
}

/** A part of a name in which `-` stands for `/` and `\x2d` for any byte: systemd-escape(1). */
function unescape(part: string): string {
  const bytes = part
    .replaceAll('-', '/')
    .replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
