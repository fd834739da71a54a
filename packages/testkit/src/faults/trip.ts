import { appendFileSync } from 'node:fs';
import { type Fault, parseFault } from './fault.ts';
import type { FaultPointName } from './points.ts';

// What a build with faults has in the place of the supervisor's own, inert `faultPoint`. As the supervisor, it leaves the streams alone.

const { FAULT_POINT, FAULT_LOG } = process.env;
const fault = FAULT_POINT === undefined ? undefined : parseFault(FAULT_POINT);
let passed = 0;

/**
 * Passes a point: a line with its name is appended to FAULT_LOG where that is set, and the action of FAULT_POINT is done
 * where this is its point and passing.
 */
export function faultPoint(point: FaultPointName): void {
  if (FAULT_LOG !== undefined) appendFileSync(FAULT_LOG, `${point}\n`);
  if (fault?.point !== point) return;
  passed += 1;
  if (passed === fault.passing) act(fault);
}

function act({ point, action }: Fault): void {
  const error = () => new Error(`fault at ${point}`);
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // Nothing more is done in the moment that a signal may take.
      standStill();
      return;
    case 'throw':
      setImmediate(() => {
        throw error();
      });
      return;
    case 'throw-sync':
      throw error();
    case 'hang':
      standStill();
      return;
    default:
      process.kill(process.pid, action.slice('signal:'.length));
  }
}

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
