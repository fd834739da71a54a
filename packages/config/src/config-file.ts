import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { ConfigError } from './errors.js';
import { quote } from './quote.js';

/** A parsed config.toml. Integers are `bigint`. */
export interface ConfigFile {
  readonly path: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

const maxBytes = 1024 * 1024;

/**
 * Reads a config.toml, at most 1 MiB.
 *
 * @throws ConfigError `CONFIG_FILE_MISSING`, `CONFIG_FILE_UNREADABLE`, `CONFIG_FILE_UNSUPPORTED` (cosmovisor also read
 * YAML and JSON), `CONFIG_FILE_SYNTAX`
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  if (extname(path).toLowerCase() !== '.toml') throw unsupported(path);
  return { path, entries: parseToml(path, await readText(path)) };
}

function unsupported(path: string): ConfigError {
  const extension = extname(path);
  const what = extension === '' ? 'a name without extension' : extension;
  return new ConfigError('CONFIG_FILE_UNSUPPORTED', `config file ${quote(path)} is not supported: it has ${what}`, {
    hint: 'write the same keys as TOML, one key = value a line, in a file whose name ends in .toml',
  });
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    if (isMissing(cause)) {
      throw new ConfigError('CONFIG_FILE_MISSING', `config file ${quote(path)} does not exist`, {
        cause,
        hint: 'check the path, or write the file',
      });
    }
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const hint = 'save the file as UTF-8';
    throw new ConfigError('CONFIG_FILE_SYNTAX', `config file ${quote(path)} is not UTF-8 text`, { cause, hint });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  // Without O_NONBLOCK a named pipe would hold the open call until somebody writes to it.
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await handle.stat();
  if (!stats.isFile()) throw unreadable(path, 'it is not a regular file');
  if (stats.size > maxBytes) throw unreadable(path, `it is larger than ${maxBytes} bytes`);
  return await handle.readFile();
}

function unreadable(path: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError('CONFIG_FILE_UNREADABLE', `config file ${quote(path)} cannot be read: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'give a regular file that the user of this process may read',
  });
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function parseToml(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [first = ''] = cause.message.split('\n');
    const reason = first.replace(/^Invalid TOML document: /, '');
    throw new ConfigError(
      'CONFIG_FILE_SYNTAX',
      `config file ${quote(path)} is not valid TOML: line ${cause.line}, column ${cause.column}: ${reason}`,
      // Without the parser's own error, which shows the lines around: an address there may hold a password.
      { hint: syntaxHint(text.split('\n')[cause.line - 1] ?? '') },
    );
  }
}

function syntaxHint(line: string): string {
  if (/=\s*[-+]?[\d.]+\s*(?:ns|us|µs|μs|ms|s|m|h)/.test(line)) return 'put durations in quotes, as in "300ms"';
  if (/=\s*[~/$A-Za-z]/.test(line)) return 'put texts and paths in quotes, as in "/home/node/.chain"';
  if (/^\s*export\s|^\s*\w+\s*:/.test(line)) return 'write each setting as key = value';
  return 'correct that line; each setting is one line of the form key = value';
}
