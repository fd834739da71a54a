import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { World } from './world.ts';

const run = promisify(execFile);

/** The commands of the guide that operators follow. The first upgrade is left as its last command leaves it, without `bin/`. */
export function seedCommands({ downloaded, upgrades, daemon }: World): readonly string[] {
  const [genesis, first] = downloaded;
  const [one] = upgrades;
  return [
    'mkdir -p $DAEMON_HOME/cosmovisor',
    'mkdir $DAEMON_HOME/cosmovisor/genesis',
    'mkdir $DAEMON_HOME/cosmovisor/genesis/bin',
    'mkdir $DAEMON_HOME/cosmovisor/upgrades',
    `cp ${genesis} $DAEMON_HOME/cosmovisor/genesis/bin/${daemon}`,
    `mkdir -p $DAEMON_HOME/cosmovisor/upgrades/${one.name}`,
    `cp ${first} $DAEMON_HOME/cosmovisor/upgrades/${one.name}/${daemon}`,
  ];
}

/** Runs them one by one in a shell, saying each. */
export async function runCommands(
  commands: readonly string[],
  env: World['env'],
  say: (line: string) => void,
): Promise<void> {
  for (const command of commands) {
    say(`$ ${command}`);
    await run('sh', ['-ec', command], { env: { ...env } });
  }
}
