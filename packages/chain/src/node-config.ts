import { isAbsolute, join } from 'node:path';
import { parse } from 'smol-toml';
import { readSmallFile } from './small-file.js';
import { isRecord, member } from './shape.js';

type NodeSettings = Readonly<Record<string, unknown>>;

export type NodeConfig =
  { readonly file: string; readonly settings: NodeSettings } | { readonly file: string; readonly error: string };

/** CometBFT's own settings, `<home>/config/config.toml`; a missing file has none. Never throws. */
export function readNodeConfig(home: string): Promise<NodeConfig> {
  return readToml(join(home, 'config', 'config.toml'));
}

/** One of the node's files of settings; a missing one has none. Never throws. */
export async function readToml(file: string): Promise<NodeConfig> {
  let text: string;
  try {
    text = await readSmallFile(file);
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return { file, settings: {} };
    return { file, error: `cannot read ${file}: ${String(error)}` };
  }
  try {
    return { file, settings: parsed(text) };
  } catch (error) {
    // The first line says what is wrong, the rest quotes the file.
    return { file, error: `cannot parse ${file}: ${String(error).split('\n', 1)[0] ?? ''}` };
  }
}

let last: { readonly text: string; readonly settings: NodeSettings } | undefined;

/** A start asks for half a dozen settings of one file, each by itself: it is taken apart once, until its text is another. */
function parsed(text: string): NodeSettings {
  if (last?.text !== text) last = { text, settings: parse(text) };
  return last.settings;
}

/** The value at these keys, in any case: the node's reader lower-cases all of them. */
export function setting(settings: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => {
    if (!isRecord(value)) return undefined;
    const name = Object.keys(value).find((candidate) => candidate.toLowerCase() === key);
    return name === undefined ? undefined : member(value, name);
  }, settings);
}

/**
 * The path of one of the node's files, which its config.toml may have moved: `key` is the setting's name, after its table
 * and a dot if it stands in one. Relative paths are taken from the home. Never throws.
 */
export async function configuredPath(home: string, key: string, usual: string): Promise<string> {
  const config = await readNodeConfig(home);
  const configured = 'settings' in config ? setting(config.settings, ...key.split('.')) : undefined;
  const path = typeof configured === 'string' && configured !== '' ? configured : usual;
  return isAbsolute(path) ? path : join(home, path);
}
