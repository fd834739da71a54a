import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLoaderCache, readLoaderCache } from '../src/loader-cache.ts';
import { put, temporary } from './files.ts';

/** A file as ldconfig writes it. */
function cache(entries: readonly [name: string, path: string, hwcap?: number][]): Buffer {
  const head = Buffer.alloc(48 + 24 * entries.length);
  head.write('glibc-ld.so.cache1.1', 'latin1');
  head.writeUInt32LE(entries.length, 20);
  const strings: Buffer[] = [];
  let end = head.length;
  const text = (value: string): number => {
    const at = end;
    strings.push(Buffer.from(`${value}\0`));
    end += value.length + 1;
    return at;
  };
  entries.forEach(([name, path, hwcap = 0], index) => {
    const at = 48 + 24 * index;
    head.writeUInt32LE(text(name), at + 4);
    head.writeUInt32LE(text(path), at + 8);
    head.writeUInt32LE(hwcap, at + 20);
  });
  return Buffer.concat([head, ...strings]);
}

describe('the loader cache', () => {
  it('keeps the order, and puts what is for some processors only last', () => {
    const content = cache([
      ['liba.so', '/lib/glibc-hwcaps/x86-64-v3/liba.so', 1 << 30],
      ['liba.so', '/lib/liba.so'],
      ['liba.so', '/lib32/liba.so'],
    ]);
    const paths = ['/lib/liba.so', '/lib32/liba.so', '/lib/glibc-hwcaps/x86-64-v3/liba.so'];
    expect(parseLoaderCache(content)).toEqual(new Map([['liba.so', paths]]));
  });

  it('finds the new format behind the old one', () => {
    const old = Buffer.alloc(16 + 12);
    old.write('ld.so-1.7.0', 'latin1');
    old.writeUInt32LE(1, 12);
    const padding = Buffer.alloc(32 - old.length);
    const content = Buffer.concat([old, padding, cache([['liba.so', '/lib/liba.so']])]);
    expect(parseLoaderCache(content).get('liba.so')).toEqual(['/lib/liba.so']);
  });

  it('takes what is there of one that lies or is cut', () => {
    const sound = cache([
      ['liba.so', '/lib/liba.so'],
      ['libb.so', '/lib/libb.so'],
    ]);
    for (let length = 0; length < sound.length; length++) {
      expect(parseLoaderCache(sound.subarray(0, length)).size).toBeLessThanOrEqual(2);
    }
    const many = Buffer.from(sound);
    many.writeUInt32LE(0xffffffff, 20);
    expect(parseLoaderCache(many).get('liba.so')).toEqual(['/lib/liba.so']);
    const far = Buffer.from(sound);
    far.writeUInt32LE(0xffffffff, 48 + 4);
    expect([...parseLoaderCache(far).keys()]).toEqual(['libb.so']);
    expect(parseLoaderCache(Buffer.from('not a cache')).size).toBe(0);
  });

  it('is empty where there is none', async () => {
    const dir = temporary();
    expect((await readLoaderCache(join(dir, 'none'))).size).toBe(0);
    expect((await readLoaderCache(dir)).size).toBe(0);
    expect((await readLoaderCache(put(join(dir, 'empty'), ''))).size).toBe(0);
  });

  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((path) => existsSync(path));
  it.skipIf(ldconfig === undefined || !existsSync('/etc/ld.so.cache'))(
    'says of this machine what ldconfig says (skipped without ldconfig)',
    async () => {
      const said = execFileSync(ldconfig ?? '', ['-p'], { encoding: 'utf8' });
      const pairs = [...said.matchAll(/^\t(\S+) \(.*\) => (\S+)$/gm)].map(([, name, path]) => `${name} ${path}`);
      const found = await readLoaderCache('/etc/ld.so.cache');
      const ours = [...found].flatMap(([name, paths]) => paths.map((path) => `${name} ${path}`));
      expect(ours.sort()).toEqual(pairs.sort());
      expect(pairs.length).toBeGreaterThan(0);
    },
  );
});
