import { statSync } from 'node:fs';
import { planText } from '../backup/texts.js';
import { type Check, checker } from './check.js';
import type { Facts, HomeFacts } from './facts.js';
import { nextPlanOf, timeTo } from './next-plan.js';
import { seen } from './processes.js';
import { version } from '../version.js';

const { ok, note, warning } = checker('update');

/** Nobody updates anything this shortly before an upgrade, in milliseconds. */
const tooShort = 3_600_000;

/** Whether chainvisor may be replaced by another version now. */
export async function update({ home }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  const reasons = await whyToWait(home);
  const [first, ...rest] = reasons;
  const checks = ofRunning(home);
  if (first !== undefined) {
    const what = `wait with an update of chainvisor: ${first}`;
    return [...checks, warning(what, rest.length === 0 ? {} : { why: rest.join('; ') })];
  }
  if (home.alive.supervisor === undefined) {
    return [...checks, ok(`it is safe to update chainvisor now: none runs on this home (this is ${version()})`)];
  }
  return [
    ...checks,
    ok('it is safe to update chainvisor now', {
      why: 'a running one has read all of its code: its file may be replaced under it; the restart after that costs a few blocks, and whether this validator has to sign just then is not known here',
    }),
  ];
}

async function whyToWait(home: HomeFacts): Promise<readonly string[]> {
  const { layout, journal } = home;
  const { open, unverified } = journal.history;
  const { unfinishedRestore } = await import('@chainvisor/backup');
  const restoring = await unfinishedRestore(layout.data).catch(() => []);
  const next = await nextPlanOf(home);
  const isSoon = next?.blocks === 0 || (next?.time !== undefined && next.time < tooShort);
  return [
    ...(open === undefined ? [] : [`the upgrade ${planText(open.plan)} is under way`]),
    ...(unverified === undefined ? [] : [`the upgrade ${planText(unverified)} is made, and not yet verified`]),
    ...(restoring.length === 0 ? [] : ['a restore of a backup is under way, or was cut short']),
    ...(next !== undefined && isSoon ? [`the upgrade ${planText(next.plan)} is due ${timeTo(next)}`] : []),
  ];
}

/** Of the version that runs nothing tells but the age of its file. */
function ofRunning({ alive: { supervisor } }: HomeFacts): Check[] {
  if (supervisor === undefined) return [];
  const { pid, since } = supervisor;
  if (pid === undefined) return [note('a supervisor runs that cannot be seen from here')];
  const what = `a supervisor runs as process ${pid}${since === undefined ? '' : `, since ${since}`}`;
  const file = seen(pid)?.argv.find((word) => /(?:^|\/)(?:chainvisor|main\.js)$/.test(word));
  const changed = file === undefined ? undefined : changeOf(file);
  if (since === undefined || changed === undefined || changed <= Date.parse(since) + 1000) return [ok(what)];
  return [
    note(`${what}, from a file that was replaced after that`, {
      why: 'it runs on as the version that it was; the next restart takes the new one',
      where: file,
    }),
  ];
}

/** When a file was last put there; undefined for what cannot be looked at, and a path that is not absolute. */
function changeOf(file: string): number | undefined {
  if (!file.startsWith('/')) return undefined;
  try {
    return statSync(file).ctimeMs;
  } catch {
    return undefined;
  }
}
