import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkExecutable } from '../src/index.ts';
import type { NotRunnable } from '../src/index.ts';
import { elf, isRoot, put, temporary } from './files.ts';

/** A copy of this machine's ELF header and program headers, changed. */
function changed(change: (file: Buffer) => void): Buffer {
  const file = Buffer.from(elf);
  change(file);
  return file;
}

/** A 64-bit little-endian ELF file of this machine with the given program headers and nothing else. */
function tiny(headers: { type: number; offset: number; length: number }[], payload = ''): Buffer {
  const file = Buffer.alloc(64 + 56 * headers.length + payload.length);
  elf.copy(file, 0, 0, 64);
  file.writeUInt16LE(2, 16);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(headers.length, 56);
  headers.forEach(({ type, offset, length }, i) => {
    file.writeUInt32LE(type, 64 + 56 * i);
    file.writeBigUInt64LE(BigInt(offset), 64 + 56 * i + 8);
    file.writeBigUInt64LE(BigInt(length), 64 + 56 * i + 32);
  });
  file.write(payload, 64 + 56 * headers.length, 'latin1');
  return file;
}

async function reason(path: string): Promise<NotRunnable | 'ok'> {
  const found = await checkExecutable(path);
  expect(found.path).toBe(path);
  if (!found.ok) expect(found.detail).not.toBe('');
  return found.ok ? 'ok' : found.reason;
}

const foreign = process.arch === 'arm64' ? 62 : 183;

describe('checkExecutable', () => {
  it('takes a program of this machine, and follows a link to it', async () => {
    const dir = temporary();
    const real = join(dir, 'palomad-v2.4.14');
    copyFileSync('/bin/sh', real);
    symlinkSync('palomad-v2.4.14', join(dir, 'palomad'));
    const found = await checkExecutable(join(dir, 'palomad'));
    expect(found).toEqual({ ok: true, path: join(dir, 'palomad'), realPath: real, format: 'elf' });
  });

  it.each([
    ['a shell wrapper', '#!/bin/sh\nexec /opt/palomad "$@"\n'],
    ['one with an argument', '#!/bin/sh -e\n'],
    ['one with blanks', '#! \t/bin/sh\t-e\n'],
    ['one by way of env', '#!/usr/bin/env node\n'],
    ['one without a line end', '#!/bin/sh'],
  ])('takes %s', async (_, content) => {
    const path = put(join(temporary(), 'palomad'), content, 0o755);
    expect(await checkExecutable(path)).toEqual({ ok: true, path, realPath: path, format: 'script' });
  });

  it.each<[NotRunnable, string, string | Uint8Array]>([
    ['other-platform', 'an ELF file of another machine', changed((file) => file.writeUInt16LE(foreign, 18))],
    ['other-platform', 'a 32-bit ELF file', changed((file) => file.writeUInt8(1, 4))],
    ['other-platform', 'a big-endian ELF file', changed((file) => file.writeUInt8(2, 5))],
    [
      'other-platform',
      'a 52-byte header of 32-bit ARM',
      Buffer.concat([Buffer.from('7f454c46010101', 'hex'), Buffer.alloc(45)]),
    ],
    ['other-platform', 'a Windows program', 'MZ\x90\0'],
    ['other-platform', 'a macOS program', Buffer.from('cffaedfe07000001', 'hex')],
    ['not-a-program', 'an ELF file cut in its header', elf.subarray(0, 40)],
    ['not-a-program', 'an ELF file cut after its magic', elf.subarray(0, 4)],
    ['not-a-program', 'an ELF file cut in its program headers', elf.subarray(0, 100)],
    ['not-a-program', 'an ELF file whose end is missing', elf],
    ['not-a-program', 'an object file', changed((file) => file.writeUInt16LE(1, 16))],
    ['not-a-program', 'a core dump', changed((file) => file.writeUInt16LE(4, 16))],
    ['not-a-program', 'an ELF file without program headers', tiny([])],
    [
      'no-interpreter',
      'an ELF file of another C library',
      tiny([{ type: 3, offset: 120, length: 20 }], '/lib/ld-none.so.1\0\0\0'),
    ],
    ['not-a-program', 'an empty file', ''],
    ['not-a-program', 'text', 'Not Found\n'],
    ['not-a-program', 'a script without #!', 'exec /opt/palomad "$@"\n'],
    ['not-a-program', 'a script with a byte order mark', '\ufeff#!/bin/sh\n'],
    ['not-a-program', 'a gzip archive', Buffer.from('1f8b0800', 'hex')],
    ['not-a-program', 'NUL bytes', Buffer.alloc(8192)],
    ['no-interpreter', 'a script whose interpreter is missing', '#!/opt/none/bash\n'],
    ['no-interpreter', 'a script whose interpreter is a directory', '#!/bin\n'],
    ['no-interpreter', 'a script whose interpreter is not executable', '#!/etc/passwd\n'],
    ['no-interpreter', 'a script with Windows line ends', '#!/bin/sh\r\n'],
    ['no-interpreter', 'a script with a relative interpreter', '#!bin/sh\n'],
    ['no-interpreter', 'a script with an empty #! line', '#!\n/bin/sh\n'],
    ['no-interpreter', 'a script whose #! line never ends', `#!/${'a/'.repeat(500)}\n`],
  ])('answers %s to %s', async (expected, _, content) => {
    expect(await reason(put(join(temporary(), 'palomad'), content, 0o755))).toBe(expected);
  });

  it('takes an ELF file whose last segment ends in its last page', async () => {
    const file = tiny([
      { type: 1, offset: 0, length: 4096 },
      { type: 1, offset: 99_999, length: 0 },
    ]);
    expect(await reason(put(join(temporary(), 'palomad'), file, 0o755))).toBe('ok');
  });

  it('agrees with the kernel on the programs of this machine', async () => {
    const names = readdirSync('/usr/bin').slice(0, 150);
    const odd: string[] = [];
    for (const name of names) {
      const found = await checkExecutable(join('/usr/bin', name));
      if (!found.ok && !['not-a-file', 'not-executable', 'broken-link'].includes(found.reason))
        odd.push(`${name}: ${found.detail}`);
    }
    expect(odd).toEqual([]);
    expect(names.length).toBeGreaterThan(50);
  });

  it('tells apart what is not there', async () => {
    const dir = temporary();
    symlinkSync('gone', join(dir, 'broken'));
    symlinkSync('loop', join(dir, 'loop'));
    put(join(dir, 'file'), '');
    mkdirSync(join(dir, 'dir'));
    execFileSync('mkfifo', ['-m', '755', join(dir, 'fifo')]);
    expect(await reason(join(dir, 'none'))).toBe('missing');
    expect(await reason(join(dir, 'file', 'palomad'))).toBe('missing');
    expect(await reason(join(dir, 'a'.repeat(300)))).toBe('missing');
    expect(await reason(join(dir, 'broken'))).toBe('broken-link');
    expect(await reason(join(dir, 'loop'))).toBe('broken-link');
    expect(await reason(join(dir, 'dir'))).toBe('not-a-file');
    expect(await reason(join(dir, 'fifo'))).toBe('not-a-file');
  });

  it.each([0o644, 0o600, 0o000])('refuses mode %o, as root too', async (mode) => {
    expect(await reason(put(join(temporary(), 'palomad'), elf, mode))).toBe('not-executable');
  });

  it.skipIf(isRoot)('refuses what others may execute and this user may not (root may)', async () => {
    const path = put(join(temporary(), 'palomad'), '#!/bin/sh\n', 0o655);
    expect(await reason(path)).toBe('not-executable');
  });

  it.skipIf(isRoot)('says so where it may execute but not read (root may)', async () => {
    expect(await reason(put(join(temporary(), 'palomad'), elf, 0o311))).toBe('unreadable');
  });
});
