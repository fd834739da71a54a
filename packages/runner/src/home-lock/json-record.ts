import { readFileSync } from 'node:fs';

import type { ProcessIdentity } from '../process-identity.js';

/** A process on record. */
export interface ProcessRecord extends ProcessIdentity {
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly command: string;
}

/** The JSON in a file; undefined for one that is missing, unreadable, torn or garbage. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export function asProcessRecord(value: unknown): ProcessRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTime, bootId, pidNamespace, since, command } = value as Record<string, unknown>;
  if (!isCount(pid) || pid === 0 || !isCount(startTime)) return undefined;
  if (typeof bootId !== 'string' || typeof pidNamespace !== 'string') return undefined;
  if (typeof since !== 'string' || typeof command !== 'string') return undefined;
  return { pid, startTime, bootId, pidNamespace, since, command };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
