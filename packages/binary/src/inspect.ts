import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Bytes, readBytes } from './bytes.js';
import { type Dynamic, NOTHING_DYNAMIC, readDynamic } from './dynamic.js';
import {
  type ElfHeader,
  isForHere,
  isReadable,
  machineName,
  parseHeader,
  readInterpreter,
  readSegments,
} from './elf-header.js';
import { BinaryError, reasonOf } from './errors.js';
import { type GlibcNeed, highestGlibc } from './glibc.js';

/** What an ELF file is and needs. Of 32-bit files and those of the other byte order only the first five are known. */
export interface ElfFacts extends Dynamic {
  readonly format: 'elf';
  /** Node's name of the architecture, as in `process.arch`. */
  readonly machine: string;
  readonly bits: 32 | 64;
  readonly kind: 'program' | 'library' | 'other';
  /** Word size, byte order and architecture are this machine's. */
  readonly native: boolean;
  /** The dynamic loader that the kernel starts it with. */
  readonly interpreter: string | undefined;
  /** The C library it was built against, by its loader's name; `none` without one. */
  readonly libc: 'glibc' | 'musl' | 'other' | 'none';
  /** Needs no loader and no library. */
  readonly static: boolean;
  /** The highest glibc version that it asks for. */
  readonly glibc: GlibcNeed | undefined;
}

/** What a file is. `script` begins with `#!`. */
export type BinaryFacts = ElfFacts | { readonly format: 'script' } | { readonly format: 'other' };

/**
 * Reads what a file is and needs, of any machine, executable or not; it is not run. Bounded in work and memory whatever the
 * file claims; where its tables lie, `damage` says so and the rest is what could be read.
 *
 * @throws BinaryError BINARY_READ_FAILED when there is no such file or it cannot be read.
 */
export async function inspectBinary(path: string): Promise<BinaryFacts> {
  try {
    // Not to hang on a FIFO.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new Error('it is no regular file');
      return await inspect(readBytes(file, found.size));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new BinaryError(
      'BINARY_READ_FAILED',
      `cannot read ${path}: ${reasonOf(cause)}`,
      'check the path, and that this user may read it',
      { cause },
    );
  }
}

async function inspect(bytes: Bytes): Promise<BinaryFacts> {
  const head = await bytes.at(0, 64);
  if (head.toString('latin1', 0, 2) === '#!') return { format: 'script' };
  if (head.toString('hex', 0, 4) !== '7f454c46') return { format: 'other' };
  const header = parseHeader(head);
  return header === undefined ? { format: 'other' } : inspectElf(bytes, header);
}

async function inspectElf(bytes: Bytes, header: ElfHeader): Promise<ElfFacts> {
  const segments = isReadable(header) ? await readSegments(bytes) : [];
  const sound = typeof segments === 'string' ? [] : segments;
  const dynamic =
    typeof segments === 'string' ? { ...NOTHING_DYNAMIC, damage: [segments] } : await readDynamic(bytes, segments);
  const interpreter = await readInterpreter(bytes, sound);
  return {
    format: 'elf',
    machine: machineName(header.machine),
    bits: header.wide ? 64 : 32,
    kind: kindOf(header, interpreter, dynamic),
    native: isForHere(header),
    interpreter,
    libc: libcOf(interpreter),
    static: sound.length > 0 && interpreter === undefined && dynamic.needed.length === 0,
    glibc: highestGlibc(dynamic.requires),
    ...dynamic,
  };
}

/** A position-independent program is a shared library by its type; a loader, or no name for others to need it by, tells. */
function kindOf({ type }: ElfHeader, interpreter: string | undefined, { soname }: Dynamic): ElfFacts['kind'] {
  if (type === 2 || (type === 3 && interpreter !== undefined)) return 'program';
  if (type !== 3) return 'other';
  return soname === undefined ? 'program' : 'library';
}

function libcOf(interpreter: string | undefined): ElfFacts['libc'] {
  if (interpreter === undefined) return 'none';
  const name = basename(interpreter);
  if (name.startsWith('ld-musl')) return 'musl';
  return /^ld(?:-linux|64|-\d|\.so)/.test(name) ? 'glibc' : 'other';
}
