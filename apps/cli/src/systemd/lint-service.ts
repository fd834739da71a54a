import { parseDuration } from '@chainvisor/config';
import { createLayout } from '@chainvisor/layout';
import { type Finding, lastEntry, type LintContext, lintUnit } from '@chainvisor/systemd';
import { type Account, findAccount, HostError, ourselves, ownProgram, type Service } from '@chainvisor/systemd-host';
import { realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import { settingsTable } from '../settings.js';
import { environmentFindings } from './environment-findings.js';
import { hopeless, stopped } from './hopeless.js';
import { profileVariables } from './profiles.js';
import { homeOfService } from './rivals.js';
import { startFlags } from './start-flags.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * All that is wrong with a service, of what its unit, its environment files and this machine tell. Throws as `lintContext`.
 * `signal` ends the questions to binaries, as if they did not answer.
 */
export async function lintService(service: Service, env: Env, signal?: AbortSignal): Promise<readonly Finding[]> {
  return [...lintUnit(service.unit, await lintContext(service, env, signal)), ...environmentFindings(service)];
}

/**
 * What this machine tells of a service, for the linter: its environment as systemd makes it, what profiles set that systemd
 * never reads, the owner of the home, what the staged binaries know, and our own exit codes. Runs `start --help` of these
 * binaries. What cannot be found out is left out. Throws HostError `SYSTEMD_HOST_TOOL_FAILED`.
 */
async function lintContext(service: Service, env: Env, signal: AbortSignal | undefined): Promise<LintContext> {
  const path = env['PATH'];
  const profile = await profileVariables(await usersOf(service, env, path));
  const variable = (name: string): string | undefined =>
    service.environment.variables.get(name)?.value ?? profile.get(name)?.value;
  const home = homeOfService(service) ?? profile.get('DAEMON_HOME')?.value;
  const owner = home === undefined ? undefined : await ownerOf(home, path);
  const flags = await flagsOf(home, variable('DAEMON_NAME'), path, signal);
  const exec = execOf(owner);
  return {
    ...(service.name.endsWith('.service') ? { unitName: service.name } : {}),
    // Half of it would look as if the rest were missing.
    ...(service.environment.unreadable.length + service.environment.missing.length > 0
      ? {}
      : { environment: service.environment.variables }),
    profile,
    realPath,
    graceMs: graceOf(variable(settingsTable.shutdownGrace.env)),
    preventRestart: hopeless,
    success: stopped,
    ...(flags === undefined ? {} : { flags }),
    ...(owner === undefined ? {} : { user: owner.name, userHome: owner.home }),
    ...(exec === undefined ? {} : { execStart: exec }),
  };
}

/** Whose profiles may hold what the unit lacks: the unit's user, whoever asks, and whoever asked by sudo. */
async function usersOf({ unit }: Service, env: Env, path: string | undefined): Promise<readonly Account[]> {
  const user = lastEntry(unit, 'Service', 'User')?.value ?? '';
  const names = [process.getuid?.() ?? 0, env['SUDO_USER'] ?? '', user === '' ? 'root' : user];
  const found = await Promise.all(names.filter((name) => name !== '').map((name) => findAccount(name, { path })));
  const accounts = found.filter((account) => account !== undefined);
  return accounts.filter(({ uid }, index) => accounts.findLastIndex((other) => other.uid === uid) === index);
}

async function ownerOf(home: string, path: string | undefined): Promise<Account | undefined> {
  const found = await stat(home).catch(() => undefined);
  const account = found === undefined ? undefined : await findAccount(found.uid, { path });
  // Root owns what nobody was given: it is no user to suggest.
  return account?.uid === 0 ? undefined : account;
}

async function flagsOf(
  home: string | undefined,
  daemon: string | undefined,
  path: string | undefined,
  signal: AbortSignal | undefined,
) {
  if (home === undefined || daemon === undefined) return undefined;
  try {
    return await startFlags(createLayout({ home, daemon, recase: true }), path, signal);
  } catch {
    // What is no home, or no name of a binary, is told by the rules of these variables.
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The rules look at the name then.
    return normalize(path);
  }
}

function graceOf(text: string | undefined): number {
  const { fallback } = settingsTable.shutdownGrace;
  try {
    return text === undefined || text === '' ? fallback : parseDuration(text) || fallback;
  } catch {
    return fallback;
  }
}

/** How to start us; undefined where we run from a place that does not last. */
function execOf(account: Account | undefined): readonly string[] | undefined {
  try {
    return ownProgram({ ourselves: ourselves(), exec: undefined, account }).exec;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
