import { stripVTControlCharacters } from 'node:util';

/** What `version` says about a program. */
export interface VersionFacts {
  /** Empty where the program was built without one. */
  readonly version: string;
  readonly name?: string;
  readonly commit?: string;
  /** The version of the Cosmos SDK. */
  readonly sdk?: string;
}

const LONGEST = 256;
/** Lines, and characters, from the end. */
const [MOST_LINES, MOST_TEXT] = [100, 65_536];

/** Reads `version --long --output json`: the whole output, or else the last of its lines that is an object with a version. */
export function parseLongVersion(output: string): VersionFacts | undefined {
  const lines = output.split('\n').slice(-MOST_LINES).reverse();
  for (const text of [output, ...lines.filter((line) => line.trimStart().startsWith('{'))]) {
    const facts = readFacts(text);
    if (facts !== undefined) return facts;
  }
  return undefined;
}

function readFacts(text: string): VersionFacts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  const found = value as Readonly<Record<string, unknown>>;
  const version = word(found['version']);
  if (version === undefined) return undefined;
  // `name` is the application's, `server_name` the daemon's: some builds set only one.
  const name = word(found['name']) || word(found['server_name']);
  const [commit, sdk] = [word(found['commit']), word(found['cosmos_sdk_version'])];
  return { version, ...(name ? { name } : {}), ...(commit ? { commit } : {}), ...(sdk ? { sdk } : {}) };
}

/** A short text without blanks or control characters, or an empty one. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST && /^[^\s\p{C}]*$/u.test(value) ? value : undefined;
}

/**
 * Reads `version`: the last line, as warnings may stand before it. It counts when it is one word with a digit, or when it is
 * all that was written and one word.
 */
export function parseShortVersion(output: string): string | undefined {
  const lines = stripVTControlCharacters(output.slice(-MOST_TEXT))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const last = lines.at(-1);
  if (last === undefined || word(last) === undefined) return undefined;
  return lines.length === 1 || /\d/.test(last) ? last : undefined;
}
