import { imageRoot } from '@chainvisor/systemd-host';
import type { Command } from 'commander';
import type { UnitFlags } from '../../systemd/plan.js';
import { installUnitsCommand } from './install.js';
import { lintUnits } from './lint.js';
import { renderUnits } from './render.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the commands work with, and where their exit code goes. */
export interface SystemdCommands {
  readonly env: Env;
  readonly config: string | undefined;
  readonly end: (code: number) => void;
}

const output = ['-o, --output <format>', 'text or json', 'text'] as const;

/** Adds `systemd render|install|lint`. */
export function addSystemdCommands(program: Command, { env, config, end }: SystemdCommands): void {
  const systemd = program.command('systemd').description('make, install and check the unit of the node');
  withUnitOptions(systemd.command('render'))
    .description('print the unit and the environment file of the node for these settings')
    .action(async (args: string[], given: Given) => {
      await renderUnits(env, config, unitFlags(args, given));
    });
  withUnitOptions(systemd.command('install'))
    .description('write them, and have systemd start the node at boot; starts and restarts nothing now')
    .option('--dry-run', 'show each file and each command, and change nothing')
    .option('--force', 'replace files of somebody else, kept beside, and have a second unit on this home')
    .option(...output)
    .action(async (args: string[], given: Given & { dryRun?: boolean; output: string }) => {
      const { dryRun = false, output: format } = given;
      await installUnitsCommand(env, config, { ...unitFlags(args, given), dryRun, output: format });
    });
  systemd
    .command('lint')
    .argument('<units...>', 'names of units, or files')
    .description('find mistakes in units, their drop-ins and environment; ends with 78 where one is an error')
    .option('--mended', "print the unit's file as it should be instead, and what is left to do on stderr")
    .option(...output)
    .action(async (units: string[], flags: { mended?: boolean; output: string }) => {
      end(await lintUnits(env, units, { mended: flags.mended === true, output: flags.output }));
    });
}

/** As commander gives them. */
interface Given {
  readonly name?: string;
  readonly user?: string;
  readonly home?: string;
  readonly template?: boolean;
  readonly exec?: string;
  readonly env: readonly string[];
  readonly root?: string;
  readonly force?: boolean;
}

function withUnitOptions(command: Command): Command {
  return command
    .argument('[arguments...]', 'behind --, the arguments of the node; none: start')
    .option('--name <name>', 'what the unit is called; else DAEMON_NAME')
    .option('--user <user>', 'the user that the node runs as; else the owner of the home')
    .option('--home <path>', "the node's home; else DAEMON_HOME")
    .option('--template', 'an instance of chainvisor@.service, for several nodes')
    .option('--exec <path>', 'the program to start; else the node and the file that run now')
    .option('--env <NAME=value>', 'a further variable, as often as needed', collect, [])
    .option('--root <directory>', 'make it for the image in a directory');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function unitFlags(args: readonly string[], given: Given): UnitFlags {
  const { name, user, home, template = false, exec, env, root, force = false } = given;
  return { name, user, home, template, exec, env, root: imageRoot(root), force, args };
}
