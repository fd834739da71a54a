import { execFile, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWalEndHeight, walFile } from '../src/index.js';
import { tempDir, tempHome } from './support.js';
import { endHeight, field, message, other, record } from './wal-records.js';

const FILE = 'data/cs.wal/wal';

/** From the log of a node of SDK 0.50, CometBFT 0.38: EndHeight 0, a timeout, EndHeight 1, a round's step. */
const REAL = Buffer.from(
  '3f4c9fc5000000120a0c08c8bc8fd806109bada4c50312022200' +
    '4ec86dd20000001d0a0b08c9bc8fd80610a4c8bb77120e1a0c0a0610bc84878e0110012001' +
    '9e1f73bc000000130a0b08c9bc8fd806108fe6be7a120422020801' +
    'd2d0644a000000280a0c08c9bc8fd806109994e5800112180a1608021a12526f756e64537465704e6577486569676874',
  'hex',
);

/** A home with these files of the log, by what follows `wal` in their names. */
function homeWith(files: Readonly<Record<string, Uint8Array>>): string {
  const home = tempDir();
  mkdirSync(join(home, dirname(FILE)), { recursive: true });
  for (const [suffix, bytes] of Object.entries(files)) writeFileSync(join(home, FILE + suffix), bytes);
  return home;
}

const heightOf = async (home: string) => readWalEndHeight(await walFile(home));
const heightIn = (...parts: readonly Uint8Array[]) => heightOf(homeWith({ '': Buffer.concat(parts) }));

describe('the consensus log of a node', () => {
  it('is where config.toml puts it, relative to the home or absolute, else in the usual place', async () => {
    const elsewhere = join(tempDir(), 'wal');
    for (const [config, file] of [
      ['', FILE],
      ['wal_file = "other"', FILE],
      ['[consensus]\nwal_file = ""', FILE],
      ['[consensus]\nwal_file = "logs/wal"', 'logs/wal'],
      ['[Consensus]\nWAL_FILE = "logs/wal"', 'logs/wal'],
      ['[[[', FILE],
    ] as const) {
      const home = tempHome({ 'config/config.toml': config });
      expect(await walFile(home)).toBe(join(home, file));
    }
    const home = tempHome({ 'config/config.toml': `[consensus]\nwal_file = "${elsewhere}"` });
    expect(await walFile(home)).toBe(elsewhere);
  });
});

describe('the last height ended in the consensus log', () => {
  it('is read from what a real node wrote', async () => {
    expect(await heightIn(REAL)).toBe(1);
    expect(await heightIn(REAL.subarray(0, 26))).toBe(0);
    // The records of these tests are the same to the byte, up to the time in them.
    expect(record(REAL.subarray(8, 26))).toEqual(REAL.subarray(0, 26));
    expect(endHeight(1).subarray(-6)).toEqual(REAL.subarray(84, 90));
  });

  it('is the last one, not the highest, whatever follows it', async () => {
    expect(await heightIn(endHeight(0), other(), endHeight(41), other(), endHeight(42), other())).toBe(42);
    expect(await heightIn(endHeight(100), endHeight(7))).toBe(7);
    expect(await heightIn(endHeight(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    ['another kind of message', message(3, [0x08, 99])],
    ['a negative height', endHeight(-1)],
    ['a height beyond 2^53', endHeight(2n ** 53n)],
    ['the greatest height of 64 bits', endHeight(2n ** 63n - 1n)],
    ['no message', record(field(1, [0x08, 1]))],
    ['a message of no kind', record(field(2, []))],
    ['a message that is a number', record(Buffer.from([0x10, 4]))],
    ['a height that is text', message(4, field(1, Buffer.from('99')))],
    ['a kind longer than its message', record(field(2, [0x22, 9, 0x08, 99]))],
    ['a cut varint', record(field(2, field(4, [0x08, 0x80])))],
    ['a varint without end', record(field(2, field(4, [0x08, ...Array<number>(20).fill(0x80)])))],
    ['a wire type that is none', record(field(2, field(4, [0x0b, 99])))],
    ['text', record(Buffer.from('EndHeight 99'))],
  ])('does not come from %s', async (_, odd) => {
    expect(await heightIn(endHeight(5), odd)).toBe(5);
    expect(await heightIn(odd, endHeight(6))).toBe(6);
    expect(await heightIn(odd)).toBeUndefined();
  });

  it('is found past fields that it does not know, of every wire type', async () => {
    const unknown = Buffer.concat([
      Buffer.from([0x50, 0xff, 0x01]),
      Buffer.from([0x51, 1, 2, 3, 4, 5, 6, 7, 8]),
      field(11, [1, 2]),
      Buffer.from([0x55, 1, 2, 3, 4]),
    ]);
    expect(await heightIn(record(Buffer.concat([unknown, field(2, field(4, [0x08, 9]))])))).toBe(9);
  });

  it('is found in a log of many records that no chunk holds at once', async () => {
    const parts = Array.from({ length: 40 }, (_, at) => [other(Buffer.alloc(65_500 + at, at)), endHeight(at + 1)]);
    expect(await heightIn(...parts.flat())).toBe(40);
  });

  it('is found behind the longest record that CometBFT writes, not behind a longer one', async () => {
    const longest = 1024 * 1024 + 24;
    expect(await heightIn(endHeight(1), record(Buffer.alloc(longest, 7)), endHeight(2))).toBe(2);
    expect(await heightIn(endHeight(1), record(Buffer.alloc(longest + 1, 7)), endHeight(2))).toBe(1);
  });
});

describe('a damaged consensus log', () => {
  const records = fc.array(
    fc.oneof(
      fc.record({ height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }),
      fc.record({ content: fc.uint8Array({ maxLength: 200 }) }),
    ),
    { minLength: 1, maxLength: 12 },
  );
  const bytesOf = (part: { height: number } | { content: Uint8Array }) =>
    'height' in part ? endHeight(part.height) : other(part.content);

  it.each([
    ['cut', (bytes: Buffer, at: number) => bytes.subarray(0, at)],
    ['wrong', (bytes: Buffer, at: number, flip: number) => bytes.fill((bytes[at] ?? 0) ^ flip, at, at + 1)],
    [
      'all zeros from there on',
      (bytes: Buffer, at: number) => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(64)]),
    ],
  ] as const)('counts up to the record in which a byte is %s', async (_, damage) => {
    const file = join(tempDir(), 'wal');
    await fc.assert(
      fc.asyncProperty(records, fc.nat(), fc.integer({ min: 1, max: 255 }), async (parts, place, flip) => {
        const whole = Buffer.concat(parts.map(bytesOf));
        const at = place % whole.length;
        let end = 0;
        let expected: number | undefined;
        for (const part of parts) {
          end += bytesOf(part).length;
          if (end <= at && 'height' in part) expected = part.height;
        }
        writeFileSync(file, damage(whole, at, flip));
        expect(await readWalEndHeight(file)).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('ends where a length is wrong, even if a transaction holds bytes that would be a record', async () => {
    const block = other(endHeight(99));
    const lure = block.indexOf(endHeight(99));
    block.writeUInt32BE(lure - 8, 4);
    expect(await heightIn(endHeight(5), block, endHeight(6))).toBe(5);
  });

  it('is not read on where a power loss left zeros', async () => {
    expect(await heightIn(endHeight(5), Buffer.alloc(4096), endHeight(6))).toBe(5);
  });

  it.each([
    ['no directory', {}],
    ['an empty file', { [FILE]: '' }],
    ['text', { [FILE]: 'This is no log of any consensus, only some words.\n'.repeat(100) }],
    ['no file but a repaired one', { [`${FILE}.CORRUPTED`]: endHeight(5).toString('latin1') }],
    ['a directory in its place', { [`${FILE}/wal`]: '' }],
    ['a file in the place of its directory', { 'data/cs.wal': '' }],
  ])('has no height with %s', async (_, files) => {
    expect(await heightOf(tempHome(files))).toBeUndefined();
  });

  it('has no height with a path that can be none', async () => {
    expect(await readWalEndHeight('a\0b')).toBeUndefined();
    expect(await heightOf('a\0b')).toBeUndefined();
  });

  it('has no height, and nobody is held, with a named pipe in its place', async () => {
    const home = homeWith({});
    expect(spawnSync('mkfifo', [join(home, FILE)]).status).toBe(0);
    expect(await heightOf(home)).toBeUndefined();
  });
});

describe('a consensus log of several files', () => {
  it.each([
    ['the head, if it has one', { '': endHeight(9), '.000': endHeight(4), '.001': endHeight(8) }, 9],
    ['the newest rotated one, if the head is empty', { '': '', '.000': endHeight(4), '.001': endHeight(8) }, 8],
    ['the newest rotated one, if there is no head', { '.000': endHeight(4), '.001': endHeight(8) }, 8],
    ['an older one, if newer ones have none', { '': other(), '.000': endHeight(4), '.001': other() }, 4],
    ['an older one, if a newer one begins corrupt', { '': 'garbage!garbage!', '.007': endHeight(3) }, 3],
    ['a rotated one, if a node restarted just after rotation', { '': endHeight(0), '.000': endHeight(8) }, 8],
    ['the highest number, not the last name', { '.999': endHeight(4), '.1000': endHeight(8) }, 8],
    ['the beginning, if that is all there is', { '': other(), '.000': endHeight(0) }, 0],
    ['files of that name only', { '.01': endHeight(1), '.000.bak': endHeight(2), '2.000': endHeight(3) }, undefined],
  ])('gives what is in %s', async (_, files, height) => {
    const bytes = Object.entries(files).map(([suffix, content]) => [suffix, Buffer.from(content)] as const);
    expect(await heightOf(homeWith(Object.fromEntries(bytes)))).toBe(height);
  });

  it('is searched no further than four rotated files', async () => {
    const empty = { '.001': other(), '.002': other(), '.003': other() };
    expect(await heightOf(homeWith({ ...empty, '.000': endHeight(4) }))).toBe(4);
    expect(await heightOf(homeWith({ ...empty, '.000': endHeight(4), '.004': other() }))).toBeUndefined();
  });
});

describe('a consensus log that is far too large', () => {
  it('is never held whole in memory', async () => {
    const home = homeWith({ '': endHeight(1) });
    const file = await walFile(home);
    const part = other(Buffer.alloc(65_536, 7));
    const big = openSync(file, 'a');
    for (let written = 0; written < 48 * 1024 * 1024; written += part.length) writeSync(big, part);
    writeSync(big, endHeight(2));
    closeSync(big);
    const script = join(import.meta.dirname, 'children', 'read-wal.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, file], { timeout: 50_000 });
    const { height, grownKiB } = JSON.parse(stdout) as { height: number; grownKiB: number };
    expect(height).toBe(2);
    expect(grownKiB).toBeLessThan(24 * 1024);
  });

  it('gives what is in its first 64 MiB', async () => {
    const file = await walFile(homeWith({ '': endHeight(3) }));
    const part = other(Buffer.alloc(1024 * 1024 - 64, 7));
    const big = openSync(file, 'a');
    for (let written = 0; written < 67 * 1024 * 1024; written += part.length) writeSync(big, part);
    writeSync(big, endHeight(4));
    closeSync(big);
    expect(await readWalEndHeight(file)).toBe(3);
  });

  it('ends at once where it is a hole of a terabyte', async () => {
    const file = await walFile(homeWith({ '': endHeight(3) }));
    truncateSync(file, 2 ** 40);
    expect(await readWalEndHeight(file)).toBe(3);
  });
});
