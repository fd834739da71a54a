import { constants } from 'node:os';
import { choicePoints, type FaultPointName, faultPoints } from './points.ts';

/** What happens at a point: see `parseFault`. */
type FaultAction = 'kill' | 'throw' | 'throw-sync' | 'hang' | `signal:${NodeJS.Signals}`;

/** One fault: the `passing`-th time, counted from 1, that this point is passed. */
export interface Fault {
  readonly point: FaultPointName;
  readonly passing: number;
  readonly action: FaultAction;
}

const FORM = /^(?<point>[a-z-]+)(?:#(?<passing>[1-9]\d*))?:(?<action>.+)$/;

/**
 * Reads `<point>[#n]:<action>`, the first passing where no `n` is given. Actions: `kill` SIGKILL to ourselves; `throw` an error that
 * nobody catches, from the event loop; `throw-sync` an error right there; `hang` the JavaScript thread stands still for ever;
 * `signal:SIGTERM`, or another, to ourselves. Throws where it is not that, so that no test passes for want of its fault.
 */
export function parseFault(text: string): Fault {
  const { point, passing = '1', action = '' } = FORM.exec(text)?.groups ?? {};
  const known = [...faultPoints, ...choicePoints].find(({ name }) => name === point);
  if (known === undefined || !isAction(action)) {
    throw new Error(
      `FAULT_POINT is ${JSON.stringify(text)}: expected <point>[#n]:<action> of a known point and action`,
    );
  }
  return { point: known.name, passing: Number(passing), action };
}

function isAction(text: string): text is FaultAction {
  if (text.startsWith('signal:')) return Object.hasOwn(constants.signals, text.slice('signal:'.length));
  return ['kill', 'throw', 'throw-sync', 'hang'].includes(text);
}
