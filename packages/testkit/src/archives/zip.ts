import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a zip archive. Only the path is needed; nothing is checked. */
export interface ZipEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** As Unix has it, with the kind of file in the upper bits: a regular file of 0755. */
  readonly mode?: number;
  /** 8 is deflated, 0 stored. */
  readonly method?: number;
  /** Bit 0: encrypted; bit 11: the path is UTF-8, which is set. */
  readonly flags?: number;
  /** What both headers say instead of what is true. */
  readonly says?: { readonly size?: number; readonly packed?: number; readonly sum?: number };
  /** What the header beside the bytes calls it. */
  readonly localPath?: string;
  /** Shares the bytes of an earlier entry: its place in the list. */
  readonly sharedWith?: number;
}

const REGULAR = 0o100755;
const UTF8 = 0x0800;
const UNIX = 0x031e;

/** A zip archive of these entries, in their order. `count` is what its end says, by default the truth. */
export function zipArchive(entries: readonly ZipEntry[], count = entries.length): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { path, content = '', method = 8, says = {}, sharedWith } = entry;
    const whole = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(whole) : whole;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.flags ?? UTF8, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(says.sum ?? crc32(whole), 10);
    fields.writeUInt32LE(says.packed ?? packed.length, 14);
    fields.writeUInt32LE(says.size ?? whole.length, 18);

    const at = sharedWith === undefined ? offset : (offsets[sharedWith] ?? 0);
    offsets.push(at);
    if (sharedWith === undefined) {
      const bytes = Buffer.concat([signature(0x04034b50), named(fields, entry.localPath ?? path), packed]);
      local.push(bytes);
      offset += bytes.length;
    }
    const rest = Buffer.alloc(14);
    // Upper half: the mode.
    rest.writeUInt32LE(((entry.mode ?? REGULAR) << 16) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(UNIX);
    const name = Buffer.from(path);
    central.push(Buffer.concat([signature(0x02014b50), madeBy, named(fields, path).subarray(0, 26), rest, name]));
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The fields that both headers share, with the length of the name, and then the name. */
function named(fields: Buffer, path: string): Buffer {
  const name = Buffer.from(path);
  const both = Buffer.from(fields);
  both.writeUInt16LE(name.length, 22);
  return Buffer.concat([both, name]);
}
