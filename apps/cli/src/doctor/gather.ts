import { readValidatorState, validatorStateFile } from '@chainvisor/chain';
import { binaryIn, type Layout } from '@chainvisor/layout';
import { errno, reasonOf } from '@chainvisor/report';
import { access, constants, lstat, readdir, readlink, stat } from 'node:fs/promises';
import { backupsDir } from '../backup/made-for.js';
import { layoutOf } from '../layout-of.js';
import type { Settings } from '../settings.js';
import { type Account, accountOf, ownAccount, ownerOf } from './account.js';
import { whoIsAlive } from './alive.js';
import { type SupervisorLine, supervisorLine } from './arguments.js';
import type { Facts, HomeFacts, HomeTrouble } from './facts.js';
import { askNode } from './node-facts.js';
import { seen } from './processes.js';
import { readJournal } from './read-journal.js';
import { readSettingsFacts, unmet } from './settings-facts.js';
import { chooseUnit } from './unit-facts.js';
import { Overdue, within } from './within.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A directory that does not answer by then hangs. */
const probeFor = 5000;

/** What the operator asks for. */
export interface Asked {
  readonly env: Env;
  /** Of --cosmovisor-config. */
  readonly config: string | undefined;
  /** Of --unit. */
  readonly unit: string | undefined;
}

/** Collects what the topics look at. Throws where the unit that was asked for is not there. */
export async function gatherFacts({ env: own, config, unit: word }: Asked, signal: AbortSignal): Promise<Facts> {
  const { unit, choice } = chooseUnit(word, own);
  const isPartial = unit?.isPartial === true;
  const env = { ...(unit === undefined || isPartial ? own : {}), ...unit?.environment };
  const line = unit && supervisorLine(unit.exec);
  const configPath = unit === undefined ? config : (line?.config ?? config);
  const { settings, problems } = await readSettingsFacts(env, configPath);
  const layout = settings && layoutIn(settings);
  const homeTrouble = layout && ((await probe(layout)) ?? (await probeBackups(layout, settings)));
  const open = homeTrouble === undefined ? layout : undefined;
  const [required, home] = await Promise.all([
    open === undefined ? [] : unmet(env, configPath),
    open === undefined || settings === undefined ? undefined : homeOf(open, settings, { env, line, signal }),
  ]);
  const account = unit === undefined ? await usualAccount(home) : await accountOf(unit.user ?? 'root', unit.group);
  return {
    unit,
    choice,
    invocation: own,
    env,
    configPath,
    settings,
    // What seems to be missing may be where we may not look.
    problems: isPartial ? [] : required.length > 0 ? required : problems,
    account,
    home,
    homeTrouble,
    signal,
  };
}

/** Without a unit: whoever runs a supervisor now, else the owner of the home. */
async function usualAccount(home: HomeFacts | undefined): Promise<Account> {
  const pid = home?.alive.supervisor?.pid;
  const running = pid === undefined ? undefined : await ownerOf(`/proc/${pid}`);
  return running ?? (home && (await ownerOf(home.layout.home))) ?? ownAccount();
}

/** Names that no layout can be made of are among the problems of the settings. */
function layoutIn(settings: Settings): Layout | undefined {
  try {
    return layoutOf(settings.values);
  } catch {
    return undefined;
  }
}

/** Whether the home, and what of it may be mounted from elsewhere, can be looked into: before anything waits for it. */
async function probe({ home, root, upgrades, data }: Layout): Promise<HomeTrouble | undefined> {
  for (const path of [home, root, upgrades, data]) {
    try {
      await within(probeFor, look(path));
    } catch (error) {
      const reason = reasonOf(error);
      if (error instanceof Overdue) return { path, is: 'silent', reason };
      if (path === home && isAbsent(error)) return { path, is: 'absent', reason };
      if (isAbsent(error) && !(await isLink(path))) continue;
      const gone = isAbsent(error) ? `it is a link to ${await readlink(path)}, which is not there` : reason;
      return { path, is: ['EACCES', 'EPERM'].includes(errno(error) ?? '') ? 'forbidden' : 'broken', reason: gone };
    }
  }
  return undefined;
}

/** As at a start, which looks there too: a network disk that is gone holds whoever asks. All else is told of the settings. */
async function probeBackups(layout: Layout, { values }: Settings): Promise<HomeTrouble | undefined> {
  const path = backupsDir(values, layout);
  try {
    await within(probeFor, look(path));
  } catch (error) {
    if (error instanceof Overdue) return { path, isForBackups: true, is: 'silent', reason: reasonOf(error) };
  }
  return undefined;
}

async function look(path: string): Promise<void> {
  const found = await stat(path);
  if (!found.isDirectory()) throw new Error('it is no directory');
  await access(path, constants.R_OK | constants.X_OK);
  await readdir(path);
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errno(error) ?? '');
}

/** Whether a path is a link: one to nowhere most often leads to a disk that is not mounted. */
async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

interface Known {
  readonly env: Env;
  readonly line: SupervisorLine | undefined;
  readonly signal: AbortSignal;
}

async function homeOf(layout: Layout, settings: Settings, { env, line, signal }: Known): Promise<HomeFacts> {
  const [alive, journal, state] = await Promise.all([
    whoIsAlive(layout),
    readJournal(layout),
    validatorStateFile(layout.home).then(readValidatorState),
  ]);
  const running = alive.supervisor?.pid === undefined ? undefined : seen(alive.supervisor.pid);
  const args = line?.args ?? (running && supervisorLine(running.argv)?.args) ?? ['start'];
  const executable = binaryIn(layout, layout.current);
  const node = await askNode({ args, home: layout.home, env, executable }, signal);
  const heights = [
    node.isOwn && node.status.reachable ? node.status.height : 0,
    journal.history.height ?? 0,
    state?.height ?? 0,
  ];
  return { layout, settings, args, alive, node, journal, height: Math.max(...heights) || undefined };
}
