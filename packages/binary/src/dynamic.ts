import { type Bytes, u16, u32, u64 } from './bytes.js';
import { PT_DYNAMIC, PT_LOAD, type Segment } from './elf-header.js';

/** Versions of symbols that a file takes from one library. */
export interface VersionNeed {
  /** The library's name, as in `needed`. */
  readonly library: string;
  /** Such as `GLIBC_2.34`. */
  readonly versions: readonly string[];
}

/** What a dynamically linked file asks of its loader. */
export interface Dynamic {
  /** DT_NEEDED, in its order. */
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  /** DT_RPATH and DT_RUNPATH, split at colons, with `$ORIGIN` as it is written. */
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  /** Linked with `-z nodefaultlib`: neither ld.so.cache nor the default directories count. */
  readonly noDefaultLibraries: boolean;
  /** Weak ones, which the loader only warns about, are left out. */
  readonly requires: readonly VersionNeed[];
  /** Versions that it defines for others. */
  readonly defines: readonly string[];
  /** What in its tables points nowhere or never ends, in words; empty for a sound file. */
  readonly damage: readonly string[];
}

export const NOTHING_DYNAMIC: Dynamic = {
  needed: [],
  soname: undefined,
  rpath: [],
  runpath: [],
  noDefaultLibraries: false,
  requires: [],
  defines: [],
  damage: [],
};

const ENTRY = 16;
/** Far beyond what linkers write (about 40 entries, 60 versions); a hostile file claims anything. */
const MOST_ENTRIES = 1024;

const TAG = {
  null: 0,
  needed: 1,
  strings: 5,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6ffffffb,
  definitions: 0x6ffffffc,
  needs: 0x6ffffffe,
} as const;
const NO_DEFAULT_LIBRARIES = 0x800;
const [BASE_DEFINITION, WEAK] = [1, 2];

/** Reads the dynamic section and the version tables. Whatever the file claims, the work is bounded and nothing is thrown for it. */
export async function readDynamic(bytes: Bytes, segments: readonly Segment[]): Promise<Dynamic> {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined) return NOTHING_DYNAMIC;
  const damage: string[] = [];
  const table = await bytes.at(segment.offset, Math.min(segment.length, MOST_ENTRIES * ENTRY));
  const tags = readTags(table);
  if (tags === undefined) return { ...NOTHING_DYNAMIC, damage: ['its dynamic section has no end'] };

  const place = (address: number | undefined): number => (address === undefined ? NaN : toOffset(segments, address));
  const strings = place(tags.last.get(TAG.strings));
  const text = async (offset: number | undefined, what: string): Promise<string | undefined> => {
    if (offset === undefined) return undefined;
    const found = await bytes.text(strings + offset);
    if (found === undefined) damage.push(`the name of ${what} lies outside of the file`);
    return found;
  };
  const list = async (tag: number, what: string): Promise<readonly string[]> =>
    (await text(tags.last.get(tag), what))?.split(':').filter((entry) => entry !== '') ?? [];

  const needed: string[] = [];
  for (const offset of tags.needed) {
    const name = await text(offset, 'a needed library');
    if (name === undefined) break;
    needed.push(name);
  }
  const context = { bytes, text, damage };
  return {
    needed,
    soname: await text(tags.last.get(TAG.soname), 'the library itself'),
    rpath: await list(TAG.rpath, 'its RPATH'),
    runpath: await list(TAG.runpath, 'its RUNPATH'),
    noDefaultLibraries: Math.floor((tags.last.get(TAG.flags1) ?? 0) / NO_DEFAULT_LIBRARIES) % 2 === 1,
    requires: tags.last.has(TAG.needs) ? await readNeeds(context, place(tags.last.get(TAG.needs))) : [],
    defines: tags.last.has(TAG.definitions)
      ? await readDefinitions(context, place(tags.last.get(TAG.definitions)))
      : [],
    damage,
  };
}

/** As ld.so reads them: to the first DT_NULL; of tags that may stand once, the last counts. */
function readTags(table: Buffer): { readonly needed: number[]; readonly last: Map<number, number> } | undefined {
  const needed: number[] = [];
  const last = new Map<number, number>();
  for (let at = 0; at + ENTRY <= table.length; at += ENTRY) {
    const [tag, value] = [u64(table, at), u64(table, at + 8)];
    if (tag === TAG.null) return { needed, last };
    if (tag === TAG.needed) needed.push(value);
    else last.set(tag, value);
  }
  return undefined;
}

/** Where in the file an address will be mapped from; NaN for one that no part of the file is mapped to. */
function toOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address - segment.address < segment.length,
  );
  return home === undefined ? NaN : home.offset + (address - home.address);
}

interface Context {
  readonly bytes: Bytes;
  readonly text: (offset: number, what: string) => Promise<string | undefined>;
  readonly damage: string[];
}

/**
 * Follows a chain of records to its end. Distances to the next one are unsigned, so a chain never turns back; its length is
 * bounded by `budget`, which chains within chains share.
 */
async function* chain(context: Context, start: number, size: number, next: number, budget: { left: number }) {
  for (let at = start; ;) {
    const record = await context.bytes.at(at, size);
    if (record.length < size || budget.left-- === 0) {
      context.damage.push(
        record.length < size ? 'a version table lies outside of the file' : 'a version table has no end',
      );
      return;
    }
    yield { at, record };
    const distance = u32(record, next);
    if (distance === 0) return;
    at += distance;
  }
}

/** Elf64_Verneed and Elf64_Vernaux. */
async function readNeeds(context: Context, start: number): Promise<readonly VersionNeed[]> {
  const budget = { left: MOST_ENTRIES };
  const needs: VersionNeed[] = [];
  for await (const { at, record } of chain(context, start, 16, 12, budget)) {
    const library = await context.text(u32(record, 4), 'a library with versions');
    if (library === undefined) break;
    const versions: string[] = [];
    for await (const { record: one } of chain(context, at + u32(record, 8), 16, 12, budget)) {
      const version = await context.text(u32(one, 8), 'a version');
      if (version === undefined) break;
      if ((u16(one, 4) & WEAK) === 0) versions.push(version);
    }
    if (context.damage.length > 0) break;
    needs.push({ library, versions });
  }
  return needs;
}

/** Elf64_Verdef, and the first Elf64_Verdaux of each, which names it; the others name its ancestors. */
async function readDefinitions(context: Context, start: number): Promise<readonly string[]> {
  const definitions: string[] = [];
  for await (const { at, record } of chain(context, start, 20, 16, { left: MOST_ENTRIES })) {
    if ((u16(record, 2) & BASE_DEFINITION) !== 0) continue;
    const name = await context.bytes.at(at + u32(record, 12), 4);
    const version = name.length < 4 ? undefined : await context.text(u32(name, 0), 'a defined version');
    if (version === undefined) break;
    definitions.push(version);
  }
  return definitions;
}
