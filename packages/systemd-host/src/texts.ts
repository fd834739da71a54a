import type { InstallFile } from './install-files.js';
import type { InstalledUnits } from './install-units.js';

/** Files as text, each below a comment with its path: what `systemd render` shows. */
export function filesText(files: readonly Pick<InstallFile, 'path' | 'text'>[]): string {
  return files.map(({ path, text }) => `# ${path}\n${text.trimEnd()}\n`).join('\n');
}

/** What an install has done, or would do, a line each; with the texts of the files that a dry run would write. */
export function installText({ files, commands }: InstalledUnits, dryRun: boolean): string {
  const lines = files.flatMap((file) => (dryRun ? plannedLines(file) : doneLines(file)));
  const ran = commands.map(({ command, left }) => {
    if (left === undefined) return `ran ${command.join(' ')}`;
    return dryRun ? `would run ${command.join(' ')}` : `not run, as ${left}: ${command.join(' ')}`;
  });
  return [...lines, ...ran].join('\n');
}

/** The same as data for programs. */
export function installData({ files, commands }: InstalledUnits): object {
  return {
    files: files.map(({ path, did, kept, mode, text }) => ({ path, did, kept: kept ?? null, mode: octal(mode), text })),
    commands: commands.map(({ command, left }) => ({ command, ran: left === undefined, why: left ?? null })),
  };
}

type File = InstalledUnits['files'][number];

function doneLines({ path, did, kept }: File): readonly string[] {
  return [...(kept === undefined ? [] : [`kept the old ${path} as ${kept}`]), `${did} ${path}`];
}

function plannedLines({ path, did, kept, text, mode }: File): readonly string[] {
  if (did === 'unchanged') return [`unchanged ${path}`];
  return [
    ...(kept === undefined ? [] : [`would keep the old ${path} as ${kept}`]),
    `would ${would[did]} ${path} (mode ${octal(mode)}):`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
  ];
}

const would = { created: 'create', replaced: 'replace', unreadable: 'write, which this user cannot read,' } as const;

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
