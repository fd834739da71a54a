import { HostError } from './errors.js';
import { type Installed, type InstallFile, installFiles } from './install-files.js';
import { isOurs } from './marker.js';
import { isSystemdRunning, mustSystemctl, systemctl, systemctlArgs } from './systemctl.js';
import { below } from './unit-paths.js';

/** What is to be installed. */
export interface InstallUnitsOptions {
  /** By their paths on the machine that they are for. */
  readonly files: readonly InstallFile[];
  /** The units that are to start at boot. */
  readonly enable: readonly string[];
  /** An image into which they go, instead of this machine. */
  readonly root: string | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** As of PATH. */
  readonly path: string | undefined;
}

/** A command of systemd's, and whether it was run. */
export interface InstallCommand {
  readonly command: readonly string[];
  /** Why it was not run: a dry run, or no systemd; undefined where it was. */
  readonly left: string | undefined;
}

/** What was done, or would be. */
export interface InstalledUnits {
  readonly files: readonly (Installed & { readonly text: string; readonly mode: number })[];
  readonly commands: readonly InstallCommand[];
}

/**
 * Writes units and has systemd read them and start them at boot; starts and restarts nothing.
 *
 * @throws HostError those of `installFiles`, `SYSTEMD_HOST_TOOL_MISSING`, `SYSTEMD_HOST_TOOL_FAILED`
 */
export async function installUnits(options: InstallUnitsOptions): Promise<InstalledUnits> {
  const { root, force, dryRun, path } = options;
  const files = options.files.map((file) => ({ ...file, path: below(root, file.path) }));
  const installed = await installFiles(files, { force, dryRun, owned: isOurs });
  const commands: InstallCommand[] = [];
  for (const { args, left } of commandsOf(options)) {
    if (left === undefined) await mustSystemctl(args, { root, path });
    commands.push({ command: ['systemctl', ...systemctlArgs(args, root)], left });
  }
  return {
    files: installed.map((one, index) => ({ ...one, text: files[index]?.text ?? '', mode: files[index]?.mode ?? 0 })),
    commands,
  };
}

function commandsOf({ enable, root, dryRun }: InstallUnitsOptions) {
  const left = dryRun ? 'dry run' : undefined;
  const running = root !== undefined || isSystemdRunning() ? left : (left ?? 'systemd does not run here');
  const reload = { args: ['daemon-reload'], left: running };
  // An image has no manager that could read it.
  return [...(root === undefined ? [reload] : []), ...enable.map((unit) => ({ args: ['enable', unit], left }))];
}

/** Whether a unit runs now; false where no systemd does. Throws HostError `SYSTEMD_HOST_TOOL_FAILED`. */
export async function isActive(unit: string, path?: string): Promise<boolean> {
  if (!isSystemdRunning()) return false;
  try {
    return (await systemctl(['is-active', '--quiet', unit], { path })).code === 0;
  } catch (error) {
    if (error instanceof HostError && error.code === 'SYSTEMD_HOST_TOOL_MISSING') return false;
    throw error;
  }
}
