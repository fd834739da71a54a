import type { Plan } from '@chainvisor/plan';
import { numberOf, messageOf, signedOf, textOf, type Fields } from './protobuf.js';

/** The first instant of the year 1, in seconds: how Go's zero time goes over the wire. */
const ZERO_TIME = -62_135_596_800n;

/**
 * The plan of a message `cosmos.upgrade.v1beta1.Plan`, by the rules for the upgrade-info file: a name, a height from 1 to
 * 2^53 - 1, no time. A text says what is wrong with one that breaks them.
 */
export function readPlan(message: Fields): Plan | string {
  const time = messageOf(message, 2);
  if (time === undefined) return 'its time cannot be read';
  const isSet = message.has(2) && (signedOf(time, 1) !== ZERO_TIME || numberOf(time, 2) !== 0n);
  if (isSet) return 'its time is set: upgrades by time are not supported';
  const name = textOf(message, 1);
  if (name === '') return 'it has no name';
  const height = signedOf(message, 3);
  if (height < 1n || height > BigInt(Number.MAX_SAFE_INTEGER)) {
    return `its height is ${height}: not a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`;
  }
  return { name, height: Number(height), info: textOf(message, 4) };
}
