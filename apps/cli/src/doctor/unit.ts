import { reasonOf } from '@chainvisor/report';
import { lintUnit } from '@chainvisor/systemd';
import { isSystemdRunning, systemctl } from '@chainvisor/systemd-host';
import { lintService } from '../systemd/lint-service.js';
import { type Check, checker } from './check.js';
import type { Facts } from './facts.js';
import type { UnitFacts } from './unit-facts.js';
import { within } from './within.js';

const { ok, note, warning, error } = checker('unit');

/** In milliseconds. */
const askFor = 12_000;
const systemdFor = 15_000;

/** Which unit counts, what is wrong with it, and what systemd has made of it. */
export async function unit({ unit: found, choice, account, invocation, signal }: Facts): Promise<readonly Check[]> {
  if (found === undefined) return [note(choice ?? 'there is no unit', { do: 'name it: --unit NAME, or a file' })];
  const checks = [ofFiles(found)];
  if (account === undefined) {
    const who = found.user ?? 'root';
    checks.push(
      error(`the unit's user ${who} is no user of this machine`, { do: 'make it, or name another in User=' }),
    );
  }
  const [linted, told] = await Promise.all([ofLint(found, invocation, signal), ofSystemd(found)]);
  return [...checks, ...linted, ...told];
}

/** The same findings as those of `systemd lint`. */
async function ofLint({ service }: UnitFacts, env: Facts['invocation'], signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [];
  // Binaries are asked for their flags: those that do not answer are ended, and say nothing.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(askFor)]);
  const findings = await lintService(service, env, limit).catch((failed: unknown) => {
    checks.push(note('what this machine tells of the unit was not found out', { why: reasonOf(failed) }));
    return lintUnit(service.unit, { unitName: service.name });
  });
  for (const { level, what, why, mend, file, line } of findings) {
    const where = file === undefined || line === undefined ? file : `${file}:${line}`;
    checks.push(checker('unit')[level](what, { why, do: mend, where }));
  }
  return findings.length === 0 ? [...checks, ok('nothing in the unit is a known mistake')] : checks;
}

function ofFiles({ service: { name, files } }: UnitFacts): Check {
  const [main, ...dropIns] = files.map(({ path }) => path);
  const and = dropIns.length === 0 ? '' : `, with ${dropIns.join(', ')}`;
  return ok(`${name} counts, as it stands in ${main ?? ''}${and}`);
}

const properties = [
  'FragmentPath',
  'DropInPaths',
  'UnitFileState',
  'ActiveState',
  'SubState',
  'NeedDaemonReload',
  'NRestarts',
] as const;

async function ofSystemd({ service: { name, files } }: UnitFacts): Promise<Check[]> {
  if (!isSystemdRunning()) return [note('systemd does not run here: whether the unit is enabled is not looked at')];
  const asked = systemctl(['show', `--property=${properties.join(',')}`, name]);
  const { code, stdout, stderr } = await within(systemdFor, asked).catch((failed: unknown) => ({
    code: undefined,
    stdout: '',
    stderr: reasonOf(failed),
  }));
  if (code !== 0) return [note(`systemd does not tell of ${name}`, { why: stderr.trim(), do: 'run this as root' })];
  const said = new Map(stdout.split('\n').map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
  const of = (property: (typeof properties)[number]): string => said.get(property) ?? '';
  const [{ path }, ...dropIns] = files;
  if (of('FragmentPath') !== path) {
    return [note(`systemd does not have this file: it knows ${of('FragmentPath') || 'no unit'} as ${name}`)];
  }
  const checks = [ofBoot(name, of('UnitFileState')), ofState(name, of('ActiveState'), of('SubState'), of('NRestarts'))];
  // Of the first drop-in of a unit systemd does not notice by itself that it has not read it.
  const unread = dropIns.find((file) => !of('DropInPaths').includes(file.path))?.path;
  if (of('NeedDaemonReload') === 'yes' || unread !== undefined) {
    const more = { why: 'systemd goes by what it has read before', do: 'systemctl daemon-reload', where: unread };
    checks.push(warning('the unit was changed since systemd has read it', more));
  }
  return checks;
}

function ofBoot(name: string, state: string): Check {
  const enable = `systemctl enable ${name}`;
  switch (state) {
    case 'enabled':
    case 'alias':
      return ok(`${name} is started at boot`);
    case 'enabled-runtime':
      return warning(`${name} is enabled until the next boot alone`, { do: enable });
    case 'static':
      return warning(`${name} is static: nothing says when it is started`, {
        do: `WantedBy=multi-user.target in [Install], then ${enable}`,
      });
    default:
      return warning(`${name} is ${state || 'not enabled'}: it is not started at boot`, { do: enable });
  }
}

function ofState(name: string, active: string, sub: string, restarts: string): Check {
  const log = `journalctl -u ${name} -n 100`;
  if (active === 'failed') {
    const mend = `read why: ${log}; then systemctl reset-failed ${name}, and start it`;
    return error(`${name} has failed, and systemd starts it no more`, { do: mend });
  }
  if (sub === 'auto-restart') {
    // Counted when it is started, not when it has ended.
    const again = restarts !== '' && restarts !== '0';
    return error(again ? `${name} ends again and again` : `${name} has ended, and waits for its restart`, {
      why: again ? `times that it was restarted: ${restarts}` : undefined,
      do: `read why: ${log}`,
    });
  }
  if (active === 'active' || active === 'activating' || active === 'reloading')
    return ok(`${name} is ${active} (${sub})`);
  return note(`${name} is ${active} (${sub})`);
}
