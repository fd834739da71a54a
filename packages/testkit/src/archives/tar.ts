/** One entry of a tar archive. Only the path is needed; nothing is checked. */
export interface TarEntry {
  readonly path: string;
  /** Of a regular file, or of a header. */
  readonly content?: string | Uint8Array;
  /** The type flag: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` directory, `6` FIFO, `x` pax header. */
  readonly type?: string;
  readonly target?: string;
  /** 0755 for directories, 0644 otherwise. */
  readonly mode?: number;
  /** What the header says; the content's length by default. */
  readonly size?: number;
  /** Records of a pax header before this entry. */
  readonly pax?: Readonly<Record<string, string>>;
}

const BLOCK = 512;

/** A ustar archive of these entries, in their order, with its end. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), tarEnd()]);
}

/** One entry alone: its header, its bytes and their padding. A path of more than 100 bytes needs `pax`. */
export function tarEntry(entry: TarEntry): Buffer {
  const { path, type = '0', target = '', pax } = entry;
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 100);
  header.write(octal(entry.mode ?? (type === '5' ? 0o755 : 0o644), 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(entry.size ?? content.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write(type, 156, 1);
  header.write(target, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    ),
    148,
  );
  header[154] = 0;
  const own = Buffer.concat([header, content, Buffer.alloc(-content.length & (BLOCK - 1))]);
  return pax === undefined ? own : Buffer.concat([paxHeader(pax), own]);
}

/** Two empty blocks. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function paxHeader(records: Readonly<Record<string, string>>): Buffer {
  const content = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    // The length counts its own digits.
    while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
    return `${length}${rest}`;
  });
  return tarEntry({ path: 'PaxHeader', type: 'x', content: content.join('') });
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}
