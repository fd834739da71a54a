import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@chainvisor/testkit';
import { type SdkLine, sdkLines } from '../src/real/build.ts';
import { stagerProgram } from '../src/stager.ts';
import { program } from '../src/supervisor.ts';
import { fakeWorld } from './fake-world.ts';
import { realWorld } from './real-world.ts';
import { publish, stagerConfig } from './release-of.ts';
import { runCommands, seedCommands } from './seed-commands.ts';
import { type Observed, observeUpgrade } from './timeline.ts';
import type { World } from './world.ts';

const run = promisify(execFile);

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Two upgrades under `chainvisor run start`, from the guide's commands to a summary. Resolves with the supervisor's exit code. */
async function show(world: World): Promise<number> {
  say(`\n=== ${world.title}: two upgrades under chainvisor ===\n`);
  say(['DAEMON_NAME', 'DAEMON_HOME', 'UNSAFE_SKIP_BACKUP'].map((name) => `${name}=${world.env[name] ?? ''}`).join(' '));
  await runCommands(seedCommands(world), world.env, say);
  await stageSecond(world);
  const args = ['run', 'start', ...world.args];
  say(`$ chainvisor ${args.join(' ')}\n`);

  const supervisor = spawn(process.execPath, [program, ...args], {
    env: { ...world.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(supervisor, 'exit') as Promise<[number | null]>;
  const gaveUp = ended.then(([code]) => {
    throw new Error(`the supervisor ended with code ${String(code)} before the show was over`);
  });
  const [first, second] = world.upgrades;
  const observed = await Promise.race([
    gaveUp,
    Promise.all([observeUpgrade(world, first), observeUpgrade(world, second)]),
  ]);
  const beyond = second.height + 2;
  const goesOn = async () => ((await world.applicationHeight()) ?? 0) >= beyond;
  await Promise.race([gaveUp, waitFor(`height ${beyond}`, goesOn, { timeout: 60_000 })]);
  gaveUp.catch(() => undefined);
  supervisor.kill('SIGTERM');
  const [code] = await ended;
  summarise(world, observed, beyond, code ?? 1);
  return code ?? 1;
}

/** The second upgrade is fetched days before its height: by the stager, from where its maker has published it. */
async function stageSecond(world: World): Promise<void> {
  const server = await publish(world);
  try {
    const config = stagerConfig(server);
    say(`$ cat > $DAEMON_HOME/cosmovisor/stager.toml\n${config.replaceAll(/^(?=.)/gm, '  ')}`);
    await writeFile(join(world.home, 'cosmovisor/stager.toml'), config);
    const [, { name }] = world.upgrades;
    for (const command of ['stage', 'check']) {
      say(`$ chainvisor-stager ${command} ${name}`);
      const { stdout } = await run(process.execPath, [stagerProgram, command, name], { env: { ...world.env } });
      say(stdout);
    }
  } finally {
    await server.close();
  }
}

function summarise(world: World, observed: readonly Observed[], beyond: number, code: number): void {
  say(`\n=== what happened: ${world.title} ===`);
  say(`ran        ${world.daemon} in ${world.home}`);
  for (const { name, height, haltedAt, downFor, current } of observed) {
    say(
      `upgrade    ${name}: halted at height ${height} at ${new Date(haltedAt).toISOString()}; executed by the new binary ${Math.round(downFor)} ms later`,
    );
    say(`           current -> ${current}`);
  }
  say(`then       ran on past height ${beyond}, stopped by SIGTERM, exit code ${code}`);
}

async function real(line: SdkLine): Promise<World> {
  const world = await realWorld(line, say);
  if (world !== undefined) return world;
  throw new Error('demo --real builds SDK nodes with Go: install Go, or run the demo without --real');
}

let exit = 0;
const makers = process.argv.includes('--real') ? sdkLines.map((line) => () => real(line)) : [fakeWorld];
for (const make of makers) {
  const world = await make();
  try {
    exit ||= await show(world);
  } finally {
    await world.remove();
  }
}
process.exitCode = exit;
