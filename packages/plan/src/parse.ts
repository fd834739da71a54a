import { PlanError } from './errors.js';
import { excerpt } from './excerpt.js';
import { readFields } from './fields.js';
import { readMembers } from './json-members.js';
import type { Plan } from './plan.js';
import { decodeUtf8, wellFormed } from './utf8.js';

const MAX_SIZE = 64 * 1024 * 1024;
const SPACES: readonly number[] = [0x20, 0x09, 0x0d, 0x0a];
const BRACE = 0x7b;

/**
 * Reads the content of `upgrade-info.json` in every shape that a Cosmos SDK or cosmovisor has written: `{name,height}`
 * (0.42), with `info` (0.44), with a zero `time` (0.46 and later), and with the height as a decimal string (protobuf's
 * JSON). As Go's `encoding/json` does, it matches field names whatever their case, lets the last of repeated fields
 * win, ignores unknown ones, takes `null` for absent, and reads invalid UTF-8 as U+FFFD.
 *
 * What the node itself would refuse at its start is refused here: a byte order mark, text after the object, heights
 * that are no whole number above 0, a time other than zero, a client state. Heights past 2^53 - 1 are refused, never
 * rounded. An unsafe name is still a plan: `upgradeDirName` refuses it.
 *
 * Throws PlanError, whose message ends in a bounded, printable excerpt of what was read. Takes at most 64 MiB.
 */
export function parseUpgradeInfo(content: Uint8Array | string): Plan {
  if (content.length > MAX_SIZE) {
    throw new PlanError('PLAN_TOO_LARGE', `upgrade info is ${content.length} bytes long; at most ${MAX_SIZE} are read`);
  }
  const text = typeof content === 'string' ? wellFormed(content) : decode(content);
  // White space as JSON has it: a byte order mark or NUL is none, to the node neither.
  if (/^[ \t\r\n]*$/.test(text)) {
    throw new PlanError('PLAN_EMPTY', 'upgrade info is empty', {
      hint: 'a node writes this file in two steps; where it stays empty, the node ended between them',
    });
  }
  try {
    return readFields(readMembers(text));
  } catch (error) {
    throw describe(error, text);
  }
}

/** Without leading white space. Of what does not begin as an object only the beginning: it is refused anyway. */
function decode(bytes: Uint8Array): string {
  const start = bytes.findIndex((byte) => !SPACES.includes(byte));
  if (start === -1) return '';
  return decodeUtf8(bytes.subarray(start, bytes[start] === BRACE ? undefined : start + 1024));
}

function describe(error: unknown, text: string): PlanError {
  const got = `; read: ${excerpt(text.replace(/^[ \t\r\n]+/, ''))}`;
  if (error instanceof PlanError) {
    return new PlanError(
      error.code,
      `upgrade info: ${error.message}${got}`,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
  const detail = error instanceof Error ? ` (${excerpt(error.message)})` : '';
  return new PlanError('PLAN_MALFORMED', `upgrade info is not one complete JSON object${detail}${got}`, {
    cause: error,
  });
}
