import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';

/** What the header of an ELF file says; undefined values lie beyond its end. */
export interface ElfVerdict {
  readonly problem: 'other-platform' | 'not-a-program' | undefined;
  readonly detail: string;
  /** The dynamic loader that the kernel will start it with. */
  readonly interpreter: string | undefined;
}

/** e_machine of the architectures that Node names, from the ELF specification. */
const MACHINES: Readonly<Record<string, number>> = {
  ia32: 3,
  ppc64: 21,
  s390x: 22,
  arm: 40,
  x64: 62,
  arm64: 183,
  riscv64: 243,
  loong64: 258,
};
const SMALL = new Set(['ia32', 'arm']);

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const PAGE = 4096;
const [PT_LOAD, PT_INTERP] = [1, 3];

/** Judges an ELF file by its header and program headers, as the kernel does before it maps anything. */
export async function readElf(file: FileHandle, head: Buffer, size: number): Promise<ElfVerdict> {
  const refuse = (problem: 'other-platform' | 'not-a-program', detail: string) => ({
    problem,
    detail,
    interpreter: undefined,
  });
  if (head.length < 52) return refuse('not-a-program', `ELF header cut short: ${size} bytes`);

  const machine = MACHINES[process.arch];
  const little = head[5] === 1;
  const found = { wide: head[4] === 2, little, machine: little ? head.readUInt16LE(18) : head.readUInt16BE(18) };
  const here = { wide: !SMALL.has(process.arch), little: endianness() === 'LE' };
  if (
    found.wide !== here.wide ||
    found.little !== here.little ||
    (machine !== undefined && found.machine !== machine)
  ) {
    return refuse('other-platform', `ELF for ${describe(found)}; this machine is ${process.arch}`);
  }
  const type = u16(head, 16);
  if (type !== 2 && type !== 3) return refuse('not-a-program', `ELF of type ${type}: no executable`);
  // The rest reads 64-bit structures; no chain releases 32-bit binaries.
  if (!found.wide) return { problem: undefined, detail: '', interpreter: undefined };
  if (head.length < HEADER_SIZE) return refuse('not-a-program', `ELF header cut short: ${size} bytes`);

  const count = u16(head, 56);
  if (count === 0 || u16(head, 54) !== PROGRAM_HEADER_SIZE)
    return refuse('not-a-program', 'ELF without program headers');
  const table = await readAt(file, u64(head, 32), count * PROGRAM_HEADER_SIZE);
  if (table.length < count * PROGRAM_HEADER_SIZE) return refuse('not-a-program', `ELF cut short: ${size} bytes`);

  let interpreter: string | undefined;
  for (let at = 0; at < table.length; at += PROGRAM_HEADER_SIZE) {
    const [kind, offset, length] = [u32(table, at), u64(table, at + 8), u64(table, at + 32)];
    // The kernel fills up the last page of a file with zeros, so a segment may end there.
    if (kind === PT_LOAD && length > 0 && offset + length > Math.ceil(size / PAGE) * PAGE) {
      return refuse('not-a-program', `ELF cut short: ${size} bytes of at least ${offset + length}`);
    }
    if (kind === PT_INTERP) {
      interpreter = (await readAt(file, offset, Math.min(length, PAGE))).toString().replace(/\0.*$/s, '');
    }
  }
  return { problem: undefined, detail: '', interpreter };
}

function describe(elf: { wide: boolean; little: boolean; machine: number }): string {
  const name = Object.keys(MACHINES).find((arch) => MACHINES[arch] === elf.machine) ?? `machine ${elf.machine}`;
  return `${name}, ${elf.wide ? 64 : 32} bit, ${elf.little ? 'little' : 'big'}-endian`;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (!Number.isSafeInteger(position)) return Buffer.alloc(0);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

// Only read once the file's byte order is known to be this machine's.
const little = endianness() === 'LE';
const u16 = (b: Buffer, at: number): number => (little ? b.readUInt16LE(at) : b.readUInt16BE(at));
const u32 = (b: Buffer, at: number): number => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
const u64 = (b: Buffer, at: number): number => Number(little ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at));
