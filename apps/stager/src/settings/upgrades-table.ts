import { reasonOf } from '@chainvisor/report';
import type { ConfigFile } from '@chainvisor/config';
import { parseChecksum } from '@chainvisor/fetcher';
import { isTable } from './file.js';
import { checkAddress } from './table.js';

/** What the operator has written down for an upgrade. */
export interface TableEntry {
  readonly url: string;
  readonly checksum?: string;
}

export interface UpgradesTable {
  /** By name of the plan. */
  readonly entries: ReadonlyMap<string, TableEntry>;
  /** One line for each thing that cannot be used. */
  readonly problems: readonly string[];
}

/** Reads the tables `[upgrades."<name>"]`. */
export function readUpgradesTable(file: ConfigFile | undefined): UpgradesTable {
  const entries = new Map<string, TableEntry>();
  const problems: string[] = [];
  const upgrades = file?.entries['upgrades'];
  if (file === undefined || upgrades === undefined) return { entries, problems };
  if (!isTable(upgrades)) {
    return { entries, problems: [`upgrades in "${file.path}" is no table: write [upgrades."<name of the plan>"]`] };
  }
  for (const [name, value] of Object.entries(upgrades)) {
    const read = readEntry(value);
    const place = `[upgrades.${JSON.stringify(name)}] in "${file.path}"`;
    if (typeof read === 'string') problems.push(`${place} ${read}`);
    else entries.set(name, read);
  }
  return { entries, problems };
}

function readEntry(value: unknown): TableEntry | string {
  if (!isTable(value)) return 'is no table: write url = "https://…" and checksum = "sha256:…" below it';
  const unknown = Object.keys(value).find((key) => key !== 'url' && key !== 'checksum');
  if (unknown !== undefined)
    return `has the key ${JSON.stringify(unknown)}, which is not known; there are url and checksum`;
  const { url, checksum } = value;
  if (typeof url !== 'string') return 'has no url: write url = "https://…"';
  if (checksum !== undefined && typeof checksum !== 'string') return 'has a checksum that is no text: put it in quotes';
  try {
    checkAddress(url);
  } catch (error) {
    return `has a url that ${reasonOf(error)}: write a complete one, such as https://host/path`;
  }
  try {
    if (checksum !== undefined) parseChecksum(checksum);
  } catch (error) {
    return `has a checksum that cannot be used: ${reasonOf(error)}; write sha256:<64 hex digits> or file:<address of a list>`;
  }
  return checksum === undefined ? { url } : { url, checksum };
}
