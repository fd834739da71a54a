import { diagnose } from './broken-json.js';
import { excerpt } from './excerpt.js';
import { readMembers } from './json-members.js';

/** What the `info` of a plan is. */
export type PlanInfo =
  | { readonly kind: 'empty' }
  /** Words for people: nothing to fetch. */
  | { readonly kind: 'prose'; readonly text: string }
  /** Meant as JSON, but none that can be read; `reason` is one printable line. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** The address of a document that holds the JSON: an absolute http or https URL, as written. */
  | { readonly kind: 'reference'; readonly url: string }
  /**
   * Where the binaries are: by platform (`linux/amd64`) or `any`, as written and unchecked. `ignored` are the other names
   * that were found, such as `docker`, and platforms without an address.
   */
  | {
      readonly kind: 'binaries';
      readonly binaries: ReadonlyMap<string, string>;
      readonly ignored: readonly string[];
    };

/** The kind of info that names binaries. */
export type BinariesInfo = Extract<PlanInfo, { readonly kind: 'binaries' }>;

const PLATFORM = /^(?:any|[a-z0-9]+\/[a-z0-9]+)$/;

/** How a text begins that is meant as JSON: an object, or a list of what is quoted or nested; perhaps itself in quotes. */
const MEANT_AS_JSON = /^["'`\u2018-\u201f]?\s*(?:\{|\[\s*["'{[\]])/;

/** The one name that counts, quoted in some way: JSON is in there, but not alone. */
const NAMES_BINARIES = /["'\u2018-\u201f]binaries["'\u2018-\u201f]\s*:/i;

/**
 * Reads the `info` of a plan: `{"binaries":{"linux/amd64":"https://…?checksum=sha256:…","any":"…"}}`, or the URL of a
 * document that says this, or neither. As Go's `encoding/json` does, it takes `binaries` in any case and lets the last of
 * repeated platforms win.
 *
 * Never throws. Broken JSON is named, not repaired. `note:text`, a path and an address of another scheme are prose.
 */
export function parseInfo(info: string): PlanInfo {
  const text = info.trim();
  if (text === '') return { kind: 'empty' };
  if (MEANT_AS_JSON.test(text) || NAMES_BINARIES.test(text)) {
    // A byte order mark is white space to JavaScript, but not to the node.
    return /^\s*\ufeff/.test(info) ? broken('there is a byte order mark before it') : readJson(text);
  }
  return isWebAddress(text) ? { kind: 'reference', url: text } : { kind: 'prose', text };
}

/** The binary for a platform (`linux/amd64`): listed under exactly this name, else under `any`. */
export function binaryFor(
  info: BinariesInfo,
  platform: string,
): { readonly key: string; readonly url: string } | undefined {
  for (const key of [platform, 'any']) {
    const url = info.binaries.get(key);
    if (url !== undefined) return { key, url };
  }
  return undefined;
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

function broken(reason: string): PlanInfo {
  return { kind: 'broken', reason };
}

function readJson(text: string): PlanInfo {
  let members;
  try {
    members = readMembers(text);
  } catch (error) {
    return broken(diagnose(text, error));
  }
  const binaries = new Map<string, string>();
  const ignored = new Set<string>();
  let listed = false;
  for (const { key, source } of members) {
    if (!/^binaries$/iu.test(key)) {
      ignored.add(key);
      continue;
    }
    if (source === 'null') continue;
    if (!source.startsWith('{')) return broken(`"binaries" is no object: ${excerpt(source)}`);
    listed = true;
    for (const entry of readMembers(source)) {
      if (!PLATFORM.test(entry.key)) {
        ignored.add(entry.key);
        continue;
      }
      // null is Go's empty text.
      const url = (JSON.parse(entry.source) as unknown) ?? '';
      if (typeof url !== 'string') {
        return broken(`"binaries" has no text for ${entry.key}: ${excerpt(entry.source)}`);
      }
      binaries.set(entry.key, url.trim());
    }
  }
  if (!listed) return broken('it has no "binaries"');
  for (const [key, url] of binaries) if (url === '' && binaries.delete(key)) ignored.add(key);
  return { kind: 'binaries', binaries, ignored: [...ignored] };
}
