import { Command, CommanderError } from 'commander';
import type { Invocation } from './command-line.js';
import { acceptValidatorState } from './commands/accept-validator-state.js';
import { addBackupCommands } from './commands/backup/index.js';
import { config } from './commands/config.js';
import { doctor, doctorLook } from './commands/doctor.js';
import { init } from './commands/init.js';
import { prepareUpgrade } from './commands/prepare-upgrade.js';
import { addSystemdCommands } from './commands/systemd/index.js';
import { use } from './commands/use.js';
import { showVersion } from './commands/version.js';
import { lookCommand } from './doctor/ask.js';
import { CliError } from './errors.js';
import { writeTo } from '@chainvisor/report';
import { print } from './output.js';

type Env = Readonly<Record<string, string | undefined>>;

const about = [
  'A drop-in replacement for cosmovisor: runs the node of DAEMON_NAME in DAEMON_HOME and switches its binary when the',
  'chain halts for an upgrade, as <home>/data/upgrade-info.json says. The binaries lie under <home>/cosmovisor.',
].join(' ');

/** The commands that are no node: parses, runs one, resolves with the exit code. Throws CliError `usage`. */
export async function runProgram({ options, args }: Extract<Invocation, { kind: 'other' }>, env: Env): Promise<number> {
  let code = 0;
  const program = new Command('chainvisor')
    .description(about)
    .option('-c, --cosmovisor-config <path>', 'config.toml to read; the environment overrides it')
    .option('--log-format <format>', 'log lines as text or json')
    .exitOverride()
    .configureOutput({
      // The node's streams are never touched through `process`, here neither: one way to write.
      writeOut: (text) => writeTo(1, text),
      writeErr: () => undefined,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  program
    .command('run')
    .argument('<arguments...>', 'the arguments of the node, passed on as they are')
    .description('run the node and carry out its upgrades; any other command of the binary is passed through')
    .helpOption(false)
    .allowUnknownOption();
  program
    .command('init')
    .argument('<executable>', 'the binary that the chain runs now')
    .description('make <home>/cosmovisor with this binary as genesis, the current link and a config.toml')
    .option('--force', 'write config.toml anew where there is one')
    .action(async (executable: string, flags: { force?: boolean }) => {
      await init(env, options.config, executable, flags.force === true);
    });
  program
    .command('version')
    .description('print the version of chainvisor and of the binary that current points to')
    .option('-o, --output <format>', 'text or json', 'text')
    .option('--cosmovisor-only', 'only our own version')
    .action(async (flags: { output: string; cosmovisorOnly?: boolean }) => {
      code = await showVersion(env, options.config, flags.output, flags.cosmovisorOnly === true);
    });
  program
    .command('config')
    .description('print every setting with its value and where it comes from')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (flags: { output: string }) => {
      await config(env, options.config, flags.output);
    });
  program
    .command('prepare-upgrade')
    .description('download, verify and stage the binary of the upgrade that the chain has planned')
    .option('--node <address>', 'the node that is asked, tcp://host:port; by default our own')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async ({ node, output }: { node?: string; output: string }) => {
      await prepareUpgrade(env, options.config, { node, output });
    });
  program
    .command('use')
    .argument('<name>', 'genesis, the name of an upgrade, or upgrades/<directory>')
    .description(
      'say which binary belongs to this data, after state sync, a restore or a snapshot: point current to it',
    )
    .option('--height <height>', 'the height of that upgrade, where upgrade-info.json names another')
    .option('--dry-run', 'check and say what would be done')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (name: string, flags: { height?: string; dryRun?: boolean; output: string }) => {
      const { height, dryRun = false, output } = flags;
      await use(env, options.config, name, { height, dryRun, output });
    });
  program
    .command('accept-validator-state')
    .description('let the validator sign from a priv_validator_state.json that is older than the one on record')
    .option('--height <height>', 'the height that the file says now')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async ({ height, output }: { height?: string; output: string }) => {
      await acceptValidatorState(env, options.config, { height, output });
    });
  program
    .command('doctor')
    .description('look at the whole set-up: unit, environment, home, ports, binaries, room, clock; changes nothing')
    .option('--unit <unit>', 'the unit by its name, or a file; by default the one that runs chainvisor')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async ({ unit, output }: { unit?: string; output: string }) => {
      code = await doctor(options.config, unit, output);
    });
  program
    .command(lookCommand, { hidden: true })
    .option('--unit <unit>')
    .action(async ({ unit }: { unit?: string }) => {
      code = await doctorLook(env, options.config, unit);
    });
  addBackupCommands(program, { env, config: options.config, end: (ended) => (code = ended) });
  addSystemdCommands(program, { env, config: options.config, end: (ended) => (code = ended) });
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
      throw new CliError('usage', `${args.join(' ')}: a command is missing`, { hint: 'see `chainvisor help`' });
    }
    throw new CliError('usage', error.message.replace(/^error: /, ''), { hint: 'see `chainvisor help`' });
  }
}
