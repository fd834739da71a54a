import type { Command } from 'commander';
import { createBackupCommand } from './create.js';
import { listBackupsCommand } from './list.js';
import { pruneBackupsCommand } from './prune.js';
import { restoreBackupCommand } from './restore.js';
import { verifyBackupCommand } from './verify.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the commands work with, and where their exit code goes. */
export interface BackupCommands {
  readonly env: Env;
  readonly config: string | undefined;
  readonly end: (code: number) => void;
}

const output = ['-o, --output <format>', 'text or json', 'text'] as const;

/** Adds `backup create|list|verify|restore|prune`. */
export function addBackupCommands(program: Command, { env, config, end }: BackupCommands): void {
  const backup = program
    .command('backup')
    .description('make, list, check, restore and remove backups of the data directory');
  backup
    .command('create')
    .description('back up the data of the stopped node, besides the backups before upgrades')
    .option('--strategy <strategy>', 'auto, reflink, link or copy; by default the setting')
    .option(...output)
    .action(async (flags: { strategy?: string; output: string }) => {
      end(await createBackupCommand(env, config, { strategy: flags.strategy, output: flags.output }));
    });
  backup
    .command('list')
    .description('show the backups, what restores have put aside, and what was not finished')
    .option(...output)
    .action(async (flags: { output: string }) => {
      await listBackupsCommand(env, config, flags.output);
    });
  backup
    .command('verify')
    .argument('<backup>', 'its name, or a path')
    .description('check that a backup is whole: files by their content, once they were checked before')
    .option(...output)
    .action(async (name: string, flags: { output: string }) => {
      end(await verifyBackupCommand(env, config, name, flags.output));
    });
  backup
    .command('restore')
    .argument('<backup>', 'its name, or a path')
    .description(
      'put the data of a backup in its place, the old kept, and point current to the binary that belongs to it',
    )
    .option('--use <name>', 'that binary, as `chainvisor use` names it, where the backup does not say')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'check and say what would be done')
    .option(...output)
    .action(async (name: string, flags: { use?: string; yes?: boolean; dryRun?: boolean; output: string }) => {
      const { use, yes = false, dryRun = false } = flags;
      end(await restoreBackupCommand(env, config, name, { use, yes, dryRun, output: flags.output }));
    });
  backup
    .command('prune')
    .description('remove the oldest backups, and what was not finished')
    .option('--keep <number>', 'how many of the newest stay; by default the setting')
    .option('--old-data', 'remove what restores have put aside instead')
    .option('--dry-run', 'say what would be removed')
    .option(...output)
    .action(async (flags: { keep?: string; oldData?: boolean; dryRun?: boolean; output: string }) => {
      const { keep, oldData = false, dryRun = false } = flags;
      end(await pruneBackupsCommand(env, config, { keep, oldData, dryRun, output: flags.output }));
    });
}
