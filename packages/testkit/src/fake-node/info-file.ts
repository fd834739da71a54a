import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakePlan } from '../fake-types.ts';
import { Panic } from './endings.ts';

/** What the file says; the zero value where there is no file. */
export interface Info {
  readonly name: string;
  readonly height: number;
}

const ZERO_TIME = '0001-01-01T00:00:00Z';

/** JSON as Go's encoder writes it, which escapes what HTML would read. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The file's bytes: 0.45 has no time; an empty info is left out everywhere. */
export function infoText(line: number, plan: FakePlan, height: number): string {
  const info = plan.info === undefined || plan.info === '' ? {} : { info: plan.info };
  return goJson({ name: plan.name, ...(line >= 46 ? { time: ZERO_TIME } : {}), height, ...info });
}

/** Truncates and writes in place, as `os.WriteFile` does; with a gap (milliseconds) a reader can see nothing, then one half. */
export async function writeInfo(path: string, text: string, gap: number): Promise<void> {
  if (gap <= 0) {
    writeFileSync(path, text, { mode: 0o600 });
    return;
  }
  const bytes = Buffer.from(text);
  const half = bytes.length >> 1;
  const fd = openSync(path, 'w', 0o600);
  await sleep(gap);
  writeSync(fd, bytes.subarray(0, half));
  await sleep(gap);
  writeSync(fd, bytes.subarray(half));
  closeSync(fd);
}

function fault(value: unknown, line: number): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'json: cannot unmarshal value into Go value of type types.Plan';
  }
  const { name = '', height = 0, time = ZERO_TIME } = value as Record<string, unknown>;
  if (typeof name !== 'string') return 'json: cannot unmarshal value into Go struct field Plan.name of type string';
  if (!Number.isSafeInteger(height))
    return 'json: cannot unmarshal value into Go struct field Plan.height of type int64';
  if (line < 50) return undefined;
  if (time !== ZERO_TIME) return 'time-based upgrades have been deprecated in the SDK: invalid request';
  if (name === '') return 'name cannot be empty: invalid request';
  return Number(height) <= 0 ? 'height must be greater than 0: invalid request' : undefined;
}

/**
 * Reads the file as the app's constructor does.
 * @throws {Panic} where it is there and cannot be read whole.
 */
export function readInfo(path: string, line: number): Info {
  const refuse = (why: string): never => {
    throw new Panic(`failed to read upgrade info from disk: ${why}`);
  };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { name: '', height: 0 };
    return refuse((error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(
      text.trim() === '' || !text.trimEnd().endsWith('}') ? 'unexpected end of JSON input' : 'invalid character',
    );
  }
  const why = fault(value, line);
  if (why !== undefined) return refuse(why);
  const { name = '', height = 0 } = value as Partial<Info>;
  return { name, height };
}
