import { PlanError } from './errors.js';
import { excerpt } from './excerpt.js';
import type { Member } from './json-members.js';
import type { Plan } from './plan.js';
import { wellFormed } from './utf8.js';

/** A plan while its fields are being read. Absent fields hold Go's zero values. */
interface Draft {
  name: string;
  height: number;
  info: string;
  zeroTime: boolean;
  clientState: boolean;
}

type Assign = (draft: Draft, source: string) => void;

// With the flags i and u a pattern folds case as Go does: one code point against one (so U+017F is an s).
const FIELDS: readonly (readonly [RegExp, Assign])[] = [
  [/^name$/iu, (draft, source) => (draft.name = text('name', source) ?? draft.name)],
  [/^height$/iu, (draft, source) => (draft.height = wholeNumber(source) ?? draft.height)],
  [/^info$/iu, (draft, source) => (draft.info = text('info', source) ?? draft.info)],
  [/^time$/iu, (draft, source) => (draft.zeroTime = isZeroTime(text('time', source)) ?? draft.zeroTime)],
  [/^upgraded_client_state$/iu, (draft, source) => (draft.clientState = isObject('upgraded_client_state', source))],
];

/** Reads the fields of a plan from the members of an object, the later of two winning. Throws PlanError. */
export function readFields(members: readonly Member[]): Plan {
  const draft: Draft = { name: '', height: 0, info: '', zeroTime: true, clientState: false };
  for (const { key, source } of members) {
    const field = FIELDS.find(([pattern]) => pattern.test(key));
    field?.[1](draft, source);
  }
  // In the order of the SDK's own validation, so that both name the same fault.
  if (!draft.zeroTime) {
    throw new PlanError('PLAN_TIME_BASED', 'time is set: upgrades by time are not supported', {
      hint: 'the Cosmos SDK dropped them with 0.43; a plan needs a height and no time',
    });
  }
  if (draft.clientState) {
    throw new PlanError(
      'PLAN_CLIENT_STATE',
      'upgraded_client_state is set: IBC client upgrades are no part of a plan',
      {
        hint: 'the node refuses this file as well; remove the field',
      },
    );
  }
  if (draft.name === '') throw new PlanError('PLAN_NAME_MISSING', 'name is missing or empty');
  if (draft.height <= 0) {
    throw new PlanError('PLAN_HEIGHT_INVALID', `height is missing or below 1 (${draft.height})`);
  }
  return { name: draft.name, height: draft.height, info: draft.info };
}

/** The string that a JSON text stands for; undefined for `null`, which leaves a field as it is. */
function text(field: string, source: string): string | undefined {
  const value: unknown = JSON.parse(source);
  if (value === null) return undefined;
  if (typeof value !== 'string') throw new PlanError('PLAN_FIELD_TYPE', `${field} is no string: ${excerpt(source)}`);
  return wellFormed(value);
}

/**
 * The number of a JSON number, or of the string that protobuf's JSON makes of 64 bits; undefined for `null`.
 * Judged by its digits, not its value: to the node 1e3, 1.0 and 0x10 are no heights, and 2^53 + 1 must not be rounded.
 */
function wholeNumber(source: string): number | undefined {
  const value: unknown = JSON.parse(source);
  if (value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new PlanError('PLAN_FIELD_TYPE', `height is no number: ${excerpt(source)}`);
  }
  const written = typeof value === 'string' ? value : source;
  if (!/^-?(?:0|[1-9][0-9]*)$/.test(written) || !Number.isSafeInteger(Number(written))) {
    throw new PlanError(
      'PLAN_HEIGHT_INVALID',
      `height is ${excerpt(source)}: not a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, in digits`,
    );
  }
  return Number(written);
}

/** Whether it is Go's zero time, the first instant of the year 1, in whichever zone it is written. */
function isZeroTime(time: string | undefined): boolean | undefined {
  if (time === undefined) return undefined;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (parts === null) throw new PlanError('PLAN_FIELD_TYPE', `time is no RFC 3339 time: "${excerpt(time)}"`);
  const [, seconds = '', fraction = '', zone = ''] = parts;
  return Date.parse(seconds + zone) === Date.parse('0001-01-01T00:00:00Z') && /^0*$/.test(fraction);
}

/** Whether it is an object; false for `null`, which takes back an earlier one. */
function isObject(field: string, source: string): boolean {
  const value: unknown = JSON.parse(source);
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new PlanError('PLAN_FIELD_TYPE', `${field} is no object: ${excerpt(source)}`);
  }
  return value !== null;
}
