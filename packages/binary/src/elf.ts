import type { Bytes } from './bytes.js';
import { describe, isForHere, isReadable, parseHeader, PT_LOAD, readInterpreter, readSegments } from './elf-header.js';

/** What the header of an ELF file says; undefined values lie beyond its end. */
export interface ElfVerdict {
  readonly problem: 'other-platform' | 'not-a-program' | undefined;
  readonly detail: string;
  /** The dynamic loader that the kernel will start it with. */
  readonly interpreter: string | undefined;
}

const PAGE = 4096;

/** Judges an ELF file by its header and program headers, as the kernel does before it maps anything. */
export async function judgeElf(bytes: Bytes, head: Buffer): Promise<ElfVerdict> {
  const refuse = (problem: 'other-platform' | 'not-a-program', detail: string) => ({
    problem,
    detail,
    interpreter: undefined,
  });
  const { size } = bytes;
  const header = parseHeader(head);
  if (header === undefined) return refuse('not-a-program', `ELF header cut short: ${size} bytes`);
  if (!isForHere(header)) {
    return refuse('other-platform', `ELF for ${describe(header)}; this machine is ${process.arch}`);
  }
  if (header.type !== 2 && header.type !== 3) {
    return refuse('not-a-program', `ELF of type ${header.type}: no executable`);
  }
  if (!isReadable(header)) return { problem: undefined, detail: '', interpreter: undefined };
  const segments = await readSegments(bytes);
  if (typeof segments === 'string') return refuse('not-a-program', segments);
  for (const { type, offset, length } of segments) {
    // The kernel fills up the last page of a file with zeros, so a segment may end there.
    if (type === PT_LOAD && length > 0 && offset + length > Math.ceil(size / PAGE) * PAGE) {
      return refuse('not-a-program', `ELF cut short: ${size} bytes of at least ${offset + length}`);
    }
  }
  return { problem: undefined, detail: '', interpreter: await readInterpreter(bytes, segments) };
}
