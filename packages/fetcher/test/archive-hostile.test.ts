import { fakeElf, tarArchive, tarEnd, tarEntry, type TarEntry, zipArchive, type ZipEntry } from '@chainvisor/testkit';
import { expect, test } from 'vitest';
import type { FetcherErrorCode } from '../src/index.js';
import { binary, target } from './binaries.js';
import { failure, releases } from './network.js';

const good = { path: 'palomad', content: fakeElf('good'), mode: 0o755 } as const;
const long = 'a/'.repeat(2047);

type Bad = readonly [what: string, entry: TarEntry | readonly TarEntry[], why: string];

const tars: readonly Bad[] = [
  ['an absolute path', { path: '/etc/cron.d/x', content: 'x' }, '"/etc/cron.d/x" is an absolute path'],
  ['a path above', { path: '../x', content: 'x' }, '"../x" contains ".."'],
  ['a path above, later on', { path: 'a/../../x', content: 'x' }, '"a/../../x" contains ".."'],
  ['a path that ends above', { path: 'a/..', type: '5' }, '"a/.." contains ".."'],
  ['a path that only looks as one above', { path: 'a/../b', content: 'x' }, '"a/../b" contains ".."'],
  ['a path with a backslash', { path: 'a\\..\\x', content: 'x' }, '"a\\\\..\\\\x" contains a backslash'],
  ['an absolute directory', { path: '/tmp/', type: '5' }, '"/tmp/" is an absolute path'],
  ['a path above in a pax header', { path: 'x', pax: { path: '../../x' } }, '"../../x" contains ".."'],
  ['a NUL byte in a pax header', { path: 'x', pax: { path: 'palomad\0/../x' } }, 'contains a NUL byte'],
  ['a NUL byte in a link’s pax header', { path: 'x', type: '2', pax: { linkpath: 'a\0b' } }, 'contains a NUL byte'],
  ['a path that is too long', { path: 'x', pax: { path: 'a'.repeat(5000) } }, 'is longer than 4096 bytes'],
  ['a path that is too deep', { path: 'x', pax: { path: `${long}x` } }, 'lies more than 64 directories deep'],
  [
    'a link to an absolute path',
    { path: 'x', type: '2', target: '/etc/passwd' },
    '"x" is a link whose target is an absolute path: "/etc/passwd"',
  ],
  [
    'a link that leads out',
    { path: 'a/x', type: '2', target: '../../y' },
    '"a/x" is a link whose target contains "..": "../../y"',
  ],
  [
    'a link with .. that stays inside',
    { path: 'a/x', type: '2', target: '../y' },
    '"a/x" is a link whose target contains ".."',
  ],
  [
    'a link that leads out by a pax header',
    { path: 'x', type: '2', target: 'y', pax: { linkpath: '/etc' } },
    '"x" is a link whose target is an absolute path',
  ],
  [
    'a hard link to an absolute path',
    { path: 'x', type: '1', target: '/etc/passwd' },
    '"x" is a link whose target is an absolute path',
  ],
  ['a hard link that leads out', { path: 'x', type: '1', target: '../y' }, '"x" is a link whose target contains ".."'],
  ['a character device', { path: 'null', type: '3' }, '"null" is a device'],
  ['a block device', { path: 'sda', type: '4' }, '"sda" is a device'],
  ['a FIFO', { path: 'pipe', type: '6' }, '"pipe" is a FIFO'],
  ['an unknown kind', { path: 'odd', type: 'Q', content: 'x' }, '"odd" is of an unknown kind'],
  ['a part of another archive', { path: 'rest', type: 'M', content: 'x' }, '"rest" is of an unknown kind'],
  ['setuid', { path: 'tool', content: 'x', mode: 0o4755 }, '"tool" is setuid or setgid'],
  ['setgid', { path: 'tool', content: 'x', mode: 0o2755 }, '"tool" is setuid or setgid'],
  ['setuid by a hard link', { path: 'x', type: '1', target: 'palomad', mode: 0o4755 }, '"x" is setuid or setgid'],
  ['the same name twice', { ...good, content: fakeElf('evil') }, '"palomad" is there twice'],
  ['the same name in another spelling', { ...good, path: './/palomad' }, '".//palomad" is there twice'],
  ['the same name as a link', { path: 'palomad', type: '2', target: 'x' }, '"palomad" is there twice'],
  ['the same name as a directory', { path: 'palomad/', type: '5' }, '"palomad/" is there twice'],
  [
    'a file below a file',
    { path: 'palomad/x', content: 'x' },
    '"palomad/x" lies below "palomad", which is no directory',
  ],
  [
    'a file below a link',
    [
      { path: 'a', type: '2', target: 'b' },
      { path: 'a/b/x', content: 'x' },
    ],
    '"a/b/x" lies below "a", which is no directory',
  ],
  [
    'a link in place of a directory',
    [
      { path: 'a/x', content: 'x' },
      { path: 'a', type: '2', target: 'b' },
    ],
    '"a" is there twice: as a directory, and not as one',
  ],
];

const zips: readonly (readonly [what: string, entry: ZipEntry | readonly ZipEntry[], why: string])[] = [
  ['an absolute path', { path: '/etc/cron.d/x' }, '"/etc/cron.d/x" is an absolute path'],
  ['a path above', { path: 'a/../../x' }, '"a/../../x" contains ".."'],
  ['a path with a backslash', { path: '..\\x' }, '"..\\\\x" contains a backslash'],
  ['a NUL byte', { path: 'palomad\0.txt' }, '"palomad\\u0000.txt" contains a NUL byte'],
  ['no name', { path: '' }, '"" is empty'],
  [
    'a link to an absolute path',
    { path: 'x', mode: 0o120777, content: '/etc/passwd' },
    '"x" is a link whose target is an absolute path: "/etc/passwd"',
  ],
  ['a link that leads out', { path: 'x', mode: 0o120777, content: '../y' }, '"x" is a link whose target contains ".."'],
  ['a link to nothing', { path: 'x', mode: 0o120777 }, '"x" is a link whose target is empty'],
  ['a link too long', { path: 'x', mode: 0o120777, content: 'a'.repeat(5000) }, '"x" is a link with a target too long'],
  ['a character device', { path: 'null', mode: 0o020666 }, '"null" is a device'],
  ['a block device', { path: 'sda', mode: 0o060666 }, '"sda" is a device'],
  ['a FIFO', { path: 'pipe', mode: 0o010644 }, '"pipe" is a FIFO or a socket'],
  ['a socket', { path: 'sock', mode: 0o140644 }, '"sock" is a FIFO or a socket'],
  ['setuid', { path: 'tool', mode: 0o104755 }, '"tool" is setuid or setgid'],
  ['setgid', { path: 'tool', mode: 0o102755 }, '"tool" is setuid or setgid'],
  ['the same name twice', { path: 'palomad', content: fakeElf('evil') }, '"palomad" is there twice'],
  ['a file below a file', { path: 'palomad/x' }, '"palomad/x" lies below "palomad"'],
  [
    'bytes that belong to another entry',
    { path: 'x', content: good.content, sharedWith: 0, localPath: 'palomad' },
    '"x" shares its bytes with another one',
  ],
];

async function expectRefused(name: string, body: Uint8Array, code: FetcherErrorCode, why: string): Promise<void> {
  const server = await releases();
  const at = await target();
  const url = server.serve(`/${name}`, body);
  const error = await failure(binary(url, at.destination), code);
  expect(error.message).toContain(`${url}: the entry `);
  expect(error.message).toContain(why);
  expect(await at.beside()).toEqual([]);
}

test.each(tars)('a tar archive with %s is refused, by the entry’s name', async (_, entry, why) => {
  const bad = [entry].flat();
  await expectRefused('palomad.tar', tarArchive([good, ...bad]), 'FETCHER_ARCHIVE_UNSAFE', why);
});

test.each(zips)('a zip archive with %s is refused, by the entry’s name', async (_, entry, why) => {
  const bad = [entry].flat();
  await expectRefused('palomad.zip', zipArchive([good, ...bad]), 'FETCHER_ARCHIVE_UNSAFE', why);
});

test.each([
  ['of the old GNU kind', [{ path: 'data', type: 'S', content: 'x' }], '"data" is a sparse file'],
  [
    'in a pax header',
    [{ path: 'GNUSparseFile.0/data', content: 'x', pax: { 'GNU.sparse.major': '1', 'GNU.sparse.name': 'data' } }],
    '"data" is a sparse file',
  ],
])('a sparse file %s is told, not taken for what it is not', async (_, entries, why) => {
  await expectRefused('palomad.tar', tarArchive([good, ...entries]), 'FETCHER_KIND_UNSUPPORTED', why);
});

test.each([
  ['encrypted', { path: 'x', flags: 0x0801, content: 'x' }, '"x" is encrypted'],
  [
    'compressed in a rare way',
    { path: 'x', method: 12, content: 'x' },
    '"x" is compressed in a way that is not known here (12)',
  ],
])('a zip entry that is %s is told', async (_, entry, why) => {
  await expectRefused('palomad.zip', zipArchive([good, entry]), 'FETCHER_KIND_UNSUPPORTED', why);
});

test('a message shows no more of a name than fits, on one line', async () => {
  const path = `../\n${'x'.repeat(3000)}`;
  const archive = tarArchive([{ path: 'x', pax: { path: `../${'x'.repeat(3000)}` } }]);
  await expectRefused('palomad.tar', archive, 'FETCHER_ARCHIVE_UNSAFE', `"../${'x'.repeat(197)}…" contains ".."`);
  const two = Buffer.concat([tarEntry({ path: path.slice(0, 50), content: 'x' }), tarEnd()]);
  await expectRefused('palomad.tar', two, 'FETCHER_ARCHIVE_UNSAFE', '"../\\nxxx');
});

test.each([
  [
    'a directory that is there twice',
    [
      { path: 'bin/', type: '5' },
      { path: './bin', type: '5' },
    ],
  ],
  ['a setgid directory, as some servers make them', [{ path: 'bin/', type: '5', mode: 0o2755 }]],
  ['a link to what is not there', [{ path: 'doc', type: '2', target: 'share/doc' }]],
  ['the volume’s name', [{ path: 'paloma', type: 'V' }]],
  ['a pax header of attributes with NUL bytes', [{ path: 'x', pax: { 'SCHILY.xattr.user.x': 'a\0b' } }]],
  [
    'a global header, as git makes them',
    [{ path: 'pax_global_header', type: 'g', content: '52 comment=0123456789012345678901234567890123456789\n' }],
  ],
])('%s is nothing bad', async (_, entries) => {
  const server = await releases();
  const at = await target();
  const url = server.serve('/palomad.tar', tarArchive([...entries, good]));
  expect((await binary(url, at.destination)).member).toBe('palomad');
});
