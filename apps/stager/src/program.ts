import { Command, CommanderError, Option } from 'commander';
import { check } from './commands/check.js';
import { config } from './commands/config.js';
import { list } from './commands/list.js';
import { prune } from './commands/prune.js';
import { stage } from './commands/stage.js';
import { installUnitsCommand, renderUnits } from './commands/systemd.js';
import { showVersion, versionLine } from './commands/version.js';
import type { CommonFlags } from './context.js';
import { StagerError } from './errors.js';
import { writeTo } from '@chainvisor/report';
import { print } from './output.js';
import type { UnitFlags } from './systemd/plan.js';

type Env = Readonly<Record<string, string | undefined>>;

const about = [
  'Has the binary of the next upgrade of the node in DAEMON_HOME fetched, verified, proven and in its place days before the',
  'height: <home>/cosmovisor/upgrades/<name>/bin/<DAEMON_NAME>. Made for cron and systemd timers.',
].join(' ');

/** Parses the command line, runs one command, resolves with the exit code. Throws StagerError `usage`. */
export async function runProgram(args: readonly string[], env: Env, signal: AbortSignal): Promise<number> {
  let code = 0;
  const program = new Command('chainvisor-stager')
    .description(about)
    .version(versionLine(), '-V, --version', 'print the version of chainvisor-stager')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeTo(1, text),
      writeErr: () => undefined,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const command = (name: string, description: string, parent = program): Command =>
    parent
      .command(name)
      .description(description)
      .option('--home <path>', "the node's home; else DAEMON_HOME")
      .option('--daemon <name>', "the binary's file name; else DAEMON_NAME")
      .option('--config <path>', 'config.toml to read; else CHAINVISOR_STAGER_CONFIG, and the usual places')
      .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
      .option('-q, --quiet', 'print nothing but errors')
      .option('-v, --verbose', 'say on stderr what is done and why');
  command('stage [name]', 'fetch and place the binary of the next upgrade, or of the one named')
    .option('--dry-run', 'show what would be fetched from where, and why; change nothing')
    .action(async (name: string | undefined, given: Given) => {
      await stage(name, { ...commonFlags(given), dryRun: given.dryRun === true }, env, signal);
    });
  command('check [name]', 'say whether that is READY or NOT READY, and why; by exit code too').action(
    async (name: string | undefined, given: Given) => {
      code = await check(name, commonFlags(given), env, signal);
    },
  );
  command('list', 'show what is staged, what it is and where it came from, and what the chain plans').action(
    async (given: Given) => {
      await list(commonFlags(given), env, signal);
    },
  );
  command('prune', 'remove the directories of upgrades that were made before the current one')
    .option('--keep <n>', 'how many of them to keep')
    .option('--dry-run', 'show what would be removed')
    .action(async (given: Given) => {
      await prune({ ...commonFlags(given), dryRun: given.dryRun === true }, env, signal);
    });
  command('config', 'print every setting with its value and where it comes from').action(async (given: Given) => {
    await config(commonFlags(given), env);
  });
  command('version', 'print the version of chainvisor-stager').action((given: Given) => {
    showVersion(commonFlags(given).output);
  });
  const systemd = program.command('systemd').description('make and install the units that stage from a timer');
  unitOptions(command('render', 'print the service, the timer and the environment file', systemd)).action(
    async (given: UnitsGiven) => {
      await renderUnits(unitFlags(given), env);
    },
  );
  unitOptions(command('install', 'write them, and have systemd start the timer at boot; starts nothing now', systemd))
    .option('--dry-run', 'show each file and each command, and change nothing')
    .option('--force', 'replace files of somebody else, kept beside')
    .action(async (given: UnitsGiven) => {
      const { output, quiet } = commonFlags(given);
      await installUnitsCommand({ ...unitFlags(given), dryRun: given.dryRun === true, output, quiet }, env);
    });
  program.helpCommand('help [command]', 'show help');
  if (args.length === 0) {
    print(program.helpInformation().trimEnd());
    return 0;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') {
      throw new StagerError('usage', `${args.join(' ')}: a command is missing`, {
        hint: 'see `chainvisor-stager help`',
      });
    }
    throw new StagerError('usage', error.message.replace(/^error: /, ''), { hint: 'see `chainvisor-stager help`' });
  }
}

/** As commander gives them. */
interface Given {
  readonly home?: string;
  readonly daemon?: string;
  readonly config?: string;
  readonly keep?: string;
  readonly output: 'text' | 'json';
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly dryRun?: boolean;
}

function commonFlags({ home, daemon, config: file, keep, output, quiet, verbose }: Given): CommonFlags {
  return { home, daemon, config: file, keep, output, quiet: quiet === true, verbose: verbose === true };
}

/** As commander gives the options of units. */
interface UnitsGiven extends Given {
  readonly name?: string;
  readonly user?: string;
  readonly exec?: string;
  readonly env: readonly string[];
  readonly root?: string;
  readonly force?: boolean;
}

function unitOptions(command: Command): Command {
  return command
    .option('--name <name>', "what the node's own unit is called; else DAEMON_NAME")
    .option('--user <user>', 'the user that owns the home; else who owns it now')
    .option('--exec <path>', 'the program to start; else the node and the file that run now')
    .option(
      '--env <NAME=value>',
      'a further variable, as often as needed',
      (value, before) => [...before, value],
      [] as string[],
    )
    .option('--root <directory>', 'make it for the image in a directory');
}

function unitFlags(given: UnitsGiven): UnitFlags {
  const { name, user, exec, env, root, force = false } = given;
  return { ...commonFlags(given), name, user, exec, env, root, force };
}
