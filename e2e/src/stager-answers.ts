import { writeFile } from 'node:fs/promises';

import type { StagerRun } from './stager.ts';

/** A run with nothing to say. */
export const silent = { code: 0, signal: null, stdout: '', stderr: '' };

/** What a dry run would fetch, and what each source says. */
export interface DryRun {
  readonly present: string;
  readonly fetch: { readonly url: string; readonly checksum: string | null } | null;
  readonly sources: readonly { readonly source: string; readonly won: boolean; readonly reason: string | null }[];
}

/** What `stage --dry-run` tells as data. */
export async function dryRun({ stager }: StagerRun, env: Record<string, string> = {}, name?: string): Promise<DryRun> {
  const { code, stdout, stderr } = await stager(
    ['stage', ...(name === undefined ? [] : [name]), '--dry-run', '--output', 'json'],
    env,
  );
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as DryRun;
}

/** The source whose file would be fetched. */
export function winner({ sources }: DryRun): string | undefined {
  return sources.find(({ won }) => won)?.source;
}

/** A config.toml for the stager. */
export async function writeConfig({ run }: StagerRun, text: string): Promise<void> {
  await writeFile(run.at('stager.toml'), text);
}
