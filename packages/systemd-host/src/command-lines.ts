import { entriesOf, type Unit } from '@chainvisor/systemd';

/** The command lines that start a service, as they are written. */
export function commandLines(unit: Unit): readonly string[] {
  return entriesOf(unit, 'Service', 'ExecStart').map(({ value }) => value);
}
