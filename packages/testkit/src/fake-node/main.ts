import { commandHome, commandsOf } from './commands.ts';
import { GoError, goTrace, Panic } from './endings.ts';
import { identify, type Identity } from './identity.ts';
import { openJournal } from './journal.ts';
import { readSettings } from './settings.ts';
import { openStreams } from './streams.ts';

function usageOf({ daemon }: Identity, command: string): string {
  return `Usage:\n  ${daemon} ${command} [flags]\n\nFlags:\n  -h, --help   help for ${command}\n`;
}

async function run(identity: Identity, args: readonly string[]): Promise<void> {
  const { binary, daemon } = identity;
  const [name, ...rest] = args;
  const write = openStreams(() => undefined);
  const journal = openJournal(commandHome(identity, rest), binary.version);
  const end = (code: number | NodeJS.Signals): void => {
    const { path } = identity;
    journal({ event: 'command', path, args, cwd: process.cwd(), code });
    if (typeof code === 'number') process.exit(code);
    process.kill(process.pid, code);
  };
  if (binary.broken !== undefined) {
    write(2, binary.broken.stderr ?? '');
    end(binary.broken.code);
    return;
  }
  try {
    if (name === 'start') {
      const settings = readSettings(identity, rest);
      const { startNode } = await import('./node.ts');
      await startNode({ identity, settings, journal, write: openStreams(journal), usage: usageOf(identity, name) });
      return;
    }
    if (name === undefined || name === '--help' || name === 'help') {
      write(1, usageOf(identity, '[command]'));
      end(0);
      return;
    }
    const commands = commandsOf(identity, write);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      write(2, `Error: unknown command "${name}" for "${daemon}"\nRun '${daemon} --help' for usage.\n`);
      end(1);
      return;
    }
    end(await command(rest));
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    write(2, `Error: ${error.message}\n${usageOf(identity, name ?? '')}`);
    end(1);
  }
}

// Node warns that its SQLite is experimental; a daemon says nothing of the kind.
process.removeAllListeners('warning');

async function main(): Promise<void> {
  try {
    await run(identify(), process.argv.slice(2));
  } catch (error) {
    const message = error instanceof Panic ? error.message : `runtime error: ${String((error as Error).stack)}`;
    openStreams(() => undefined)(2, goTrace(message));
    process.exit(2);
  }
}

void main();
