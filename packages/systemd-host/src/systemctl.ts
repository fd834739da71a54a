import { statSync } from 'node:fs';
import { HostError } from './errors.js';
import { runTool, type ToolResult } from './run-tool.js';

/** Where `systemctl` works. */
export interface SystemctlOptions {
  /** An image whose units are meant, instead of this machine's. */
  readonly root?: string | undefined;
  /** As of PATH. */
  readonly path?: string | undefined;
}

/** The arguments of `systemctl` for a machine or an image. */
export function systemctlArgs(args: readonly string[], root: string | undefined): readonly string[] {
  return [...(root === undefined ? [] : [`--root=${root}`]), ...args];
}

/**
 * Runs `systemctl`; any exit code is a result, as `is-enabled` answers by it.
 *
 * @throws HostError `SYSTEMD_HOST_TOOL_MISSING`, `SYSTEMD_HOST_TOOL_FAILED`
 */
export function systemctl(args: readonly string[], { root, path }: SystemctlOptions = {}): Promise<ToolResult> {
  return runTool('systemctl', systemctlArgs(args, root), path);
}

/** As `systemctl`, where anything but 0 is an error `SYSTEMD_HOST_TOOL_FAILED` with what it said. */
export async function mustSystemctl(args: readonly string[], options: SystemctlOptions = {}): Promise<void> {
  const { code, stderr } = await systemctl(args, options);
  if (code === 0) return;
  throw new HostError(
    'SYSTEMD_HOST_TOOL_FAILED',
    `systemctl ${args.join(' ')} ended with ${code}: ${stderr.trim() || 'it said nothing'}`,
    { hint: 'the files are written; mend the cause and type this again' },
  );
}

/** The version of systemd, such as 252; undefined where there is none. */
export async function systemdVersion(path?: string): Promise<number | undefined> {
  const result = await runTool('systemctl', ['--version'], path).catch(() => undefined);
  const [, version] = /^systemd (\d+)/.exec(result?.stdout ?? '') ?? [];
  return version === undefined ? undefined : Number(version);
}

/** Whether systemd runs this machine, by the sign that sd_booted(3) looks for: it need not, in a container. */
export function isSystemdRunning(): boolean {
  return statSync('/run/systemd/system', { throwIfNoEntry: false })?.isDirectory() === true;
}
