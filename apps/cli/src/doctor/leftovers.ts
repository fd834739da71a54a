import { listBackups } from '@chainvisor/backup';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { isSystemdRunning, systemctl } from '@chainvisor/systemd-host';
import { backupsDir } from '../backup/made-for.js';
import { roomOf } from '../backup/room.js';
import { sizeText } from '../backup/texts.js';
import { realOf } from '../real-of.js';
import { type Check, checker, counted } from './check.js';
import type { Facts, HomeFacts } from './facts.js';
import { environOf, visibleProcesses } from './processes.js';
import { homeIn, isCosmovisor, supervisingUnits } from './unit-facts.js';
import { within } from './within.js';

const { ok, note, warning, error } = checker('leftovers');

const lookFor = 10_000;

/** What cosmovisor, or another unit, has left on this home. */
export async function leftovers(facts: Facts): Promise<readonly Check[]> {
  const { home } = facts;
  if (home === undefined) return [];
  const checks = [
    ...(await ofProcesses(home)),
    ...(await ofUnits(home, facts)),
    ...ofBatch(home),
    ...(await ofBackups(home)),
  ];
  return checks.length > 0 ? checks : [ok('nothing of cosmovisor is left')];
}

/** Its processes on this home, and those of which that cannot be told. */
async function ofProcesses({ layout }: HomeFacts): Promise<Check[]> {
  const own = await realOf(layout.home);
  const checks: Check[] = [];
  for (const { pid, argv, comm } of visibleProcesses()) {
    if (comm !== 'cosmovisor' && !isCosmovisor(argv)) continue;
    const home = environOf(pid)?.['DAEMON_HOME'];
    if (home !== undefined && (await realOf(home)) !== own) continue;
    const more = {
      why: 'two supervisors on one home switch the binary under each other',
      do: 'stop its unit, and disable it (systemctl disable --now)',
    };
    const what = `cosmovisor runs as process ${pid}`;
    checks.push(home === undefined ? warning(`${what}, on a home that cannot be told`, more) : error(what, more));
  }
  return checks;
}

/** Other units that start a supervisor on this home. */
async function ofUnits({ layout }: HomeFacts, { unit }: Facts): Promise<Check[]> {
  const own = await realOf(layout.home);
  const checks: Check[] = [];
  for (const other of supervisingUnits()) {
    const { name, files } = other.service;
    const home = homeIn(other);
    if (files[0].path === unit?.service.files[0].path || home === undefined || (await realOf(home)) !== own) continue;
    const enabled = await isEnabled(name);
    const program = isCosmovisor(other.exec) ? 'cosmovisor' : 'chainvisor';
    if (unit === undefined && program === 'chainvisor') continue;
    const what = `${name} starts ${program} on this home, too`;
    const more = { do: `systemctl disable --now ${name}, and remove it`, where: files[0].path };
    checks.push(
      enabled === false
        ? note(`${what}; it is not enabled`, more)
        : error(what, { why: 'at the next boot both want the home; only one gets it', ...more }),
    );
  }
  return checks;
}

/** Undefined where systemd does not say. */
async function isEnabled(name: string): Promise<boolean | undefined> {
  if (!isSystemdRunning()) return undefined;
  const said = await systemctl(['is-enabled', name]).catch(() => undefined);
  return said === undefined ? undefined : said.stdout.startsWith('enabled');
}

/** What cosmovisor's add-upgrade leaves for its own next start. */
function ofBatch({ layout: { batch: where } }: HomeFacts): Check[] {
  if (!existsSync(where)) return [];
  return [
    warning(`${basename(where)} names upgrades that were added by hand: chainvisor does not read it`, {
      why: 'cosmovisor makes these upgrades at their heights, whatever the chain says',
      do: 'remove it where they are made; keep cosmovisor until they are where they are not',
      where,
    }),
  ];
}

async function ofBackups({ layout, settings: { values } }: HomeFacts): Promise<Check[]> {
  const foreign = (await listBackups(backupsDir(values, layout)).catch(() => [])).filter(
    ({ kind }) => kind === 'foreign',
  );
  if (foreign.length === 0) return [];
  const { freed } = await within(lookFor, roomOf(foreign.map(({ path }) => path)));
  return [
    note(`${counted(foreign.length, 'backup')} of cosmovisor: ${sizeText(freed)}`, {
      why: 'nothing in them says whether they are whole, and chainvisor never removes them',
      do: 'remove them once nobody wants them back',
      where: foreign.map(({ path }) => path).join(', '),
    }),
  ];
}
