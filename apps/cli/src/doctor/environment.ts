import { settingsTable } from '../settings.js';
import { type Check, checker } from './check.js';
import type { Facts } from './facts.js';
import { environOf } from './processes.js';

const { ok, note, warning, error } = checker('environment');

/** What a supervisor is told by its environment and config.toml, as it will be started. */
export async function environment(facts: Facts): Promise<readonly Check[]> {
  return Promise.resolve([
    ofSource(facts),
    ...problemsOf(facts).map((problem) => error(problem, { why: 'a supervisor does not start with that' })),
    ...(facts.settings?.warnings ?? []).map((text) => warning(text)),
    ...(facts.problems.length === 0 && facts.unit?.isPartial !== true ? [ok('the settings can be read')] : []),
    ...ofUnread(facts),
    ...ofRunning(facts),
  ]);
}

/** That a unit does not set what no supervisor can do without is found by the linter, who knows of profiles, too. */
function problemsOf({ unit, configPath, problems }: Facts): readonly string[] {
  if (unit === undefined || configPath !== undefined) return problems;
  return problems.filter((problem) => !/^DAEMON_(?:HOME|NAME) is not set:/.test(problem));
}

function ofSource({ unit, configPath }: Facts): Check {
  const more = configPath === undefined ? {} : { why: `and ${configPath}` };
  if (unit === undefined) return note('there is no unit to go by: the environment of this invocation counts', more);
  if (unit.isPartial) {
    return warning(`the environment of ${unit.service.name} may not be read: this one counts where that is not known`, {
      why: 'what is told of settings and home may not be of this unit',
      do: 'run this as root',
    });
  }
  return ok(`the environment of ${unit.service.name} counts, and no profile file`, more);
}

/** A unit's is found by the linter. */
function ofUnread({ unit, settings }: Facts): Check[] {
  if (unit !== undefined || settings === undefined || settings.sources.logBufferSize.from === 'default') return [];
  return [note('DAEMON_LOG_BUFFER_SIZE has no effect: chainvisor does not read the log of the node')];
}

/** A running supervisor keeps the settings that it was started with. */
function ofRunning({ home, env, unit }: Facts): Check[] {
  const supervisor = home?.alive.supervisor;
  if (supervisor === undefined) return [];
  const { pid } = supervisor;
  const running = pid === undefined ? undefined : environOf(pid);
  if (pid === undefined || running === undefined) {
    const why = 'its environment may not be read';
    return [note('whether the supervisor that runs has these settings cannot be told', { why })];
  }
  // The stager's are in the same file, and nothing to a supervisor; what nobody knows may be a secret.
  const names = Object.values(settingsTable).map((setting) => setting.env);
  const others = names.filter((name) => (running[name] ?? '') !== (env[name] ?? '')).sort();
  if (others.length === 0) return [ok(`the supervisor that runs as process ${pid} has these settings`)];
  if (unit === undefined || unit.isPartial) {
    return [
      note(`the supervisor that runs as process ${pid} has other settings than this invocation`, {
        why: others.join(', '),
        do:
          unit === undefined
            ? 'run this with its environment: what is told here is of this one'
            : 'run this as root: what the unit gives is not known',
      }),
    ];
  }
  return [
    warning(`the supervisor that runs as process ${pid} has other settings`, {
      why: others.map((name) => `${name}: it has ${shown(running[name])}, the next has ${shown(env[name])}`).join('; '),
      do: 'it takes these at its next restart; see whether that is meant',
    }),
  ];
}

function shown(value: string | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
