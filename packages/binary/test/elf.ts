import { elf as here } from './files.ts';

/** What a file made by hand should say. Everything is optional: without anything it is a static program. */
export interface ElfPlan {
  readonly type?: 2 | 3;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly flags1?: number;
  /** Versions asked of libraries; a `?` at the end makes one weak. */
  readonly requires?: Readonly<Record<string, readonly string[]>>;
  readonly defines?: readonly string[];
  /** Changes a table's entries before they are written. */
  readonly entries?: (entries: [tag: number, value: number][]) => [tag: number, value: number][];
}

const HEADER = 64;
const SEGMENT = 56;

/** An ELF file of this machine, 64 bit and little-endian, all of it mapped at its own offsets. It has no code. */
export function buildElf(plan: ElfPlan): Buffer {
  const dynamic = plan.needed !== undefined || plan.soname !== undefined;
  const count = 1 + (plan.interpreter === undefined ? 0 : 1) + (dynamic ? 1 : 0);
  const strings: Buffer[] = [Buffer.from([0])];
  let stringsSize = 1;
  const name = (text: string): number => {
    const at = stringsSize;
    strings.push(Buffer.from(`${text}\0`));
    stringsSize += Buffer.byteLength(text) + 1;
    return at;
  };
  const entries: [number, number][] = (plan.needed ?? []).map((library) => [1, name(library)]);
  if (plan.soname !== undefined) entries.push([14, name(plan.soname)]);
  if (plan.rpath !== undefined) entries.push([15, name(plan.rpath)]);
  if (plan.runpath !== undefined) entries.push([29, name(plan.runpath)]);
  if (plan.flags1 !== undefined) entries.push([0x6ffffffb, plan.flags1]);
  const needs = versionNeeds(plan.requires ?? {}, name);
  const definitions = versionDefinitions(plan.defines ?? [], name);
  const interpreter = Buffer.from(plan.interpreter === undefined ? '' : `${plan.interpreter}\0`);

  const at = { interpreter: HEADER + SEGMENT * count, needs: 0, definitions: 0, strings: 0, dynamic: 0 };
  at.needs = align(at.interpreter + interpreter.length);
  at.definitions = align(at.needs + needs.length);
  at.strings = align(at.definitions + definitions.length);
  at.dynamic = align(at.strings + stringsSize);
  if (needs.length > 0) entries.push([0x6ffffffe, at.needs]);
  if (definitions.length > 0) entries.push([0x6ffffffc, at.definitions]);
  entries.push([5, at.strings], [10, stringsSize], [0, 0]);
  const written = plan.entries?.(entries) ?? entries;
  const size = at.dynamic + (dynamic ? written.length * 16 : 0);

  const file = Buffer.alloc(size);
  here.copy(file, 0, 0, HEADER);
  file.writeUInt16LE(plan.type ?? (plan.soname === undefined ? 2 : 3), 16);
  file.writeBigUInt64LE(BigInt(HEADER), 32);
  file.writeUInt16LE(SEGMENT, 54);
  file.writeUInt16LE(count, 56);
  const segments: [type: number, offset: number, length: number][] = [[1, 0, size]];
  if (plan.interpreter !== undefined) segments.push([3, at.interpreter, interpreter.length]);
  if (dynamic) segments.push([2, at.dynamic, written.length * 16]);
  segments.forEach(([type, offset, length], index) => {
    const start = HEADER + SEGMENT * index;
    file.writeUInt32LE(type, start);
    for (const place of [8, 16, 24]) file.writeBigUInt64LE(BigInt(offset), start + place);
    for (const place of [32, 40]) file.writeBigUInt64LE(BigInt(length), start + place);
  });
  interpreter.copy(file, at.interpreter);
  needs.copy(file, at.needs);
  definitions.copy(file, at.definitions);
  Buffer.concat(strings).copy(file, at.strings);
  if (dynamic) {
    written.forEach(([tag, value], index) => {
      file.writeBigUInt64LE(BigInt(tag), at.dynamic + index * 16);
      file.writeBigUInt64LE(BigInt(value), at.dynamic + index * 16 + 8);
    });
  }
  return file;
}

const align = (at: number): number => Math.ceil(at / 8) * 8;

function versionNeeds(requires: Readonly<Record<string, readonly string[]>>, name: (text: string) => number): Buffer {
  const libraries = Object.entries(requires);
  return Buffer.concat(
    libraries.map(([library, versions], index) => {
      const need = Buffer.alloc(16 + 16 * versions.length);
      need.writeUInt16LE(1, 0);
      need.writeUInt16LE(versions.length, 2);
      need.writeUInt32LE(name(library), 4);
      need.writeUInt32LE(16, 8);
      need.writeUInt32LE(index === libraries.length - 1 ? 0 : need.length, 12);
      versions.forEach((version, i) => {
        need.writeUInt16LE(version.endsWith('?') ? 2 : 0, 16 + 16 * i + 4);
        need.writeUInt32LE(name(version.replace(/\?$/, '')), 16 + 16 * i + 8);
        need.writeUInt32LE(i === versions.length - 1 ? 0 : 16, 16 + 16 * i + 12);
      });
      return need;
    }),
  );
}

function versionDefinitions(defines: readonly string[], name: (text: string) => number): Buffer {
  return Buffer.concat(
    defines.map((version, index) => {
      const definition = Buffer.alloc(28);
      definition.writeUInt16LE(1, 0);
      definition.writeUInt16LE(1, 6);
      definition.writeUInt32LE(20, 12);
      definition.writeUInt32LE(index === defines.length - 1 ? 0 : 28, 16);
      definition.writeUInt32LE(name(version), 20);
      return definition;
    }),
  );
}

/** The dynamic loader that this very process was started with; empty for a static one. */
export const loader =
  here
    .toString('latin1', 0, 4096)
    .split('\0')
    .find((text) => /^\/\S+\/ld\S+$/.test(text)) ?? '';

/** Whether programs of this machine are started by glibc's loader. */
export const isGlibcHere = /\/ld(?:-linux|64)/.test(loader);
