import { renderConfigToml } from '@chainvisor/config';
import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Layout, readCurrent, replaceFile, switchCurrent } from '@chainvisor/layout';
import { chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { loadSettings, settingsTable } from '../settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `init <executable>`: makes `<home>/cosmovisor` with the binary as genesis, the `current` link and a config.toml that
 * cosmovisor reads as well. Run again, it changes nothing that is there. Throws CliError naming what is in the way.
 */
export async function init(
  env: Env,
  configPath: string | undefined,
  executable: string,
  force: boolean,
): Promise<void> {
  const source = resolve(executable);
  const found = await stat(source).catch((cause: unknown) => {
    throw new CliError('usage', `executable file not found: ${source}`, { cause });
  });
  if (!found.isFile()) {
    throw new CliError('usage', `not a file: ${source}`, { hint: 'name the binary itself' });
  }
  const { values, warnings } = await loadSettings(env, configPath);
  for (const warning of warnings) print(`warning: ${warning}`);
  const layout = layoutOf(values);

  await placeGenesis(layout, source);
  await mkdir(layout.upgrades, { recursive: true });
  await linkCurrent(layout);
  await writeConfig(
    layout,
    renderConfigToml(settingsTable, { ...values, dataBackupDir: values.dataBackupDir ?? layout.home }),
    force,
  );
  print(
    `next: stage each upgrade's binary at ${join(layout.upgrades, '<name>', 'bin', layout.daemon)} and run \`chainvisor run start\``,
  );
}

async function placeGenesis(layout: Layout, source: string): Promise<void> {
  const target = binaryIn(layout, layout.genesis);
  await mkdir(dirname(target), { recursive: true });
  if ((await checkExecutable(target)).ok) {
    print(`kept: ${target} is there already`);
    return;
  }
  // Under another name until it is whole: a crash in between leaves nothing that looks like a binary.
  await mkdir(layout.staging, { recursive: true });
  const copy = join(layout.staging, `init-${process.pid}`);
  await copyFile(source, copy);
  await chmod(copy, 0o755);
  const binary = await checkExecutable(copy);
  if (!binary.ok)
    throw new CliError('binary', `this cannot run here: ${source}`, {
      reason: binary.detail,
      hint: 'name a binary built for this machine',
    });
  await rename(copy, target);
  print(`copied: ${source} to ${target}`);
}

async function linkCurrent(layout: Layout): Promise<void> {
  const current = await readCurrent(layout);
  switch (current.state) {
    case 'linked':
      print(`kept: ${layout.current} points to ${current.target}`);
      return;
    case 'absent':
      await switchCurrent(layout, layout.genesis);
      print(`linked: ${layout.current} to genesis`);
      return;
    case 'dangling':
      throw new CliError('disk', `${layout.current} points to ${current.target}, which is gone`, {
        hint: 'remove the link, or put the directory back',
      });
    case 'not-a-link':
      throw new CliError('disk', `${layout.current} is a ${current.kind}, not a link`, { hint: 'move it away' });
  }
}

async function writeConfig(layout: Layout, text: string, force: boolean): Promise<void> {
  const exists = await stat(layout.configFile).then(
    () => true,
    () => false,
  );
  if (exists && !force) {
    print(`kept: ${layout.configFile} is there already (--force writes it anew)`);
    return;
  }
  await replaceFile(layout, layout.configFile, Buffer.from(text), 0o644);
  print(
    `written: ${layout.configFile}; it is read with --cosmovisor-config ${layout.configFile}, and the environment overrides it`,
  );
}
