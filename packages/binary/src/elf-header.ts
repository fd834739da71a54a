import { endianness } from 'node:os';
import { type Bytes, u16, u32, u64 } from './bytes.js';

/** The identity of an ELF file, of any machine. */
export interface ElfHeader {
  readonly wide: boolean;
  readonly little: boolean;
  /** e_machine. */
  readonly machine: number;
  /** e_type: 1 object file, 2 program, 3 shared library or position-independent program, 4 core dump. */
  readonly type: number;
}

/** A program header. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly length: number;
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

const LITTLE_HERE = endianness() === 'LE';
const SMALLEST_HEADER = 52;
const HEADER_SIZE = 64;
const SEGMENT_SIZE = 56;

export const [PT_LOAD, PT_DYNAMIC] = [1, 2];
const PT_INTERP = 3;

/** Undefined when it is cut short. `head` must begin with the ELF magic. */
export function parseHeader(head: Buffer): ElfHeader | undefined {
  if (head.length < SMALLEST_HEADER) return undefined;
  const isLittle = head[5] === 1;
  const half = (at: number): number => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at));
  return { wide: head[4] === 2, little: isLittle, type: half(16), machine: half(18) };
}

/** Whether a process of this machine's native kind can map it. */
export function isForHere(header: ElfHeader): boolean {
  const machine = MACHINES[process.arch];
  return (
    header.wide === !SMALL.has(process.arch) &&
    header.little === LITTLE_HERE &&
    (machine === undefined || header.machine === machine)
  );
}

/** Whether the tables of this file are read: 64 bit, in this machine's byte order. No chain releases others. */
export function isReadable(header: ElfHeader): boolean {
  return header.wide && header.little === LITTLE_HERE;
}

/** Node's name of the architecture, as in `process.arch`. */
export function machineName(machine: number): string {
  return Object.keys(MACHINES).find((arch) => MACHINES[arch] === machine) ?? `machine ${machine}`;
}

export function describe(header: ElfHeader): string {
  return `${machineName(header.machine)}, ${header.wide ? 64 : 32} bit, ${header.little ? 'little' : 'big'}-endian`;
}

/** The program headers of a readable file, or what is wrong with them. */
export async function readSegments(bytes: Bytes): Promise<readonly Segment[] | string> {
  const head = await bytes.at(0, HEADER_SIZE);
  if (head.length < HEADER_SIZE) return `ELF header cut short: ${bytes.size} bytes`;
  const count = u16(head, 56);
  if (count === 0 || u16(head, 54) !== SEGMENT_SIZE) return 'ELF without program headers';
  const table = await bytes.at(u64(head, 32), count * SEGMENT_SIZE);
  if (table.length < count * SEGMENT_SIZE) return `ELF cut short: ${bytes.size} bytes`;
  return Array.from({ length: count }, (_, index) => {
    const at = index * SEGMENT_SIZE;
    return {
      type: u32(table, at),
      offset: u64(table, at + 8),
      address: u64(table, at + 16),
      length: u64(table, at + 32),
    };
  });
}

/** The dynamic loader that a program names, or undefined. */
export async function readInterpreter(bytes: Bytes, segments: readonly Segment[]): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (segment === undefined) return undefined;
  // PATH_MAX: the kernel refuses longer ones.
  return (await bytes.at(segment.offset, Math.min(segment.length, 4096))).toString().replace(/\0.*$/s, '');
}
