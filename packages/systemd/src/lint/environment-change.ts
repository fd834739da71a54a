import type { EnvironmentLine } from './environment.js';
import { quoteWord } from './quote.js';
import type { Change } from './rule.js';
import type { Subject } from './subject.js';

/** Settings of cosmovisor that chainvisor takes, and that change nothing any more. */
export const NO_EFFECT: readonly string[] = ['DAEMON_LOG_BUFFER_SIZE'];

const CHECKSUM = 'DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM';

/** Whether a setting of chainvisor is on. */
export const isOn = ({ variables }: Subject, name: string): boolean => variables.get(name)?.value === 'true';

/** Whether binaries may be downloaded that nothing vouches for. */
export const downloadsUnchecked = (subject: Subject): boolean =>
  isOn(subject, 'DAEMON_ALLOW_DOWNLOAD_BINARIES') && !isOn(subject, CHECKSUM);

/** An Environment= line as it should be, in all that is wrong with it: one line for each variable. */
export function environmentChange(subject: Subject, line: EnvironmentLine): Change {
  const lines = line.mended.flatMap(([name, value]) => {
    if (NO_EFFECT.includes(name)) return [];
    if (name === 'UNSAFE_SKIP_BACKUP' && value === 'true') return [`Environment=${name}=false`];
    if (name === CHECKSUM && downloadsUnchecked(subject)) return [`Environment=${name}=true`];
    return [`Environment=${quoteWord(`${name}=${value}`)}`];
  });
  return { do: 'set', entry: line.entry, lines };
}
