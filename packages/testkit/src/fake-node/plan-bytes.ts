import type { FakePlan } from '../fake-types.ts';
import { bytes, number } from './wire.ts';

/** The zero time, which a plan always carries on the wire. */
const ZERO_TIME = Buffer.from('0880 92b8 c398 feff ffff 01'.replaceAll(' ', ''), 'hex');

/** A plan as `cosmos.upgrade.v1beta1.Plan`. */
export function planBytes({ name, height, info = '' }: FakePlan): Buffer {
  return Buffer.concat([
    bytes(1, Buffer.from(name)),
    bytes(2, ZERO_TIME),
    number(3, height),
    bytes(4, Buffer.from(info)),
  ]);
}
