import { defaultLimits, type FetchAccess, type FetchLimits } from '@chainvisor/fetcher';
import type { Layout } from '@chainvisor/layout';
import { readFileSync } from 'node:fs';
import { StagerError } from './errors.js';
import { openHome } from './home.js';
import { printable, type ProgressBar, progressBar, reasonOf, writeTo } from '@chainvisor/report';
import { loadSettings, type SettingFlags, type Settings } from './settings/load.js';
import { shownAddress } from './settings/shown.js';
import type { StagerSettings } from './settings/table.js';

/** The flags that every command takes. */
export interface CommonFlags extends SettingFlags {
  readonly output: 'text' | 'json';
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What a run has to work with. */
export interface Context {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: CommonFlags;
  readonly signal: AbortSignal;
  /** For the release API; never shown. */
  readonly token: string | undefined;
  readonly progress: ProgressBar;
  /** A line on stderr with --verbose. */
  readonly note: (text: string) => void;
}

/** Reads the settings and opens the home. Throws what these throw. */
export async function openContext(
  flags: CommonFlags,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Context> {
  const settings = await loadSettings(flags, env);
  const layout = openHome(settings);
  // Only now, as the user who owns the home: the file that names it may be that user's, and must not have root read others'.
  const token = readToken(settings.values);
  const progress = progressBar(!flags.quiet && flags.output === 'text');
  const note = (text: string) => {
    if (!flags.verbose) return;
    progress.clear();
    writeTo(2, `${printable(text)}\n`);
  };
  for (const warning of settings.warnings) note(`warning: ${warning}`);
  return { settings, layout, env, flags, signal, token, progress, note };
}

function readToken({ tokenFile: path, releaseApi }: StagerSettings): string | undefined {
  if (path === undefined) return undefined;
  const { protocol, hostname } = new URL(releaseApi);
  if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    throw new StagerError('config', `the token of ${path} is not sent to ${shownAddress(releaseApi)}`, {
      reason: 'without https anybody on the way could read it',
      hint: 'set [release] api to an https address, or remove token_file',
    });
  }
  const hint =
    'put the token alone on one line of that file, and let only the user who owns the home read it (chmod 600)';
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StagerError('config', `cannot read the token file ${path}`, { reason: reasonOf(error), hint });
  }
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const reason = token === '' ? 'it is empty' : 'it holds more than one word of plain characters';
  throw new StagerError('config', `the token file ${path} cannot be used`, { reason, hint });
}

/** How to get at the network. */
export function accessOf({ env, signal, settings, note }: Context): FetchAccess {
  return {
    env,
    signal,
    attempts: settings.values.attempts,
    onRetry: ({ reason, waitMs }) => note(`trying again in ${Math.ceil(waitMs / 1000)} s: ${reason}`),
  };
}

/** What the download of a binary may cost. */
export function binaryLimits({ settings }: Context): FetchLimits {
  return { ...defaultLimits, time: settings.values.downloadTime };
}

/** What a list of checksums, a plan's document or an answer of the release API may cost. */
export const documentLimits: FetchLimits = { ...defaultLimits, bytes: 32 * 1024 * 1024, time: 60_000, idle: 30_000 };

/** The same context for what is only compared: a server that fails is not asked again. */
export function askingOnce(context: Context): Context {
  const { settings } = context;
  return { ...context, settings: { ...settings, values: { ...settings.values, attempts: 1 } } };
}
