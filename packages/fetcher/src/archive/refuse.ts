import { FetcherError } from '../errors.js';

/** An entry that no honest release has. `why` follows its name in a sentence. */
export function unsafe(shown: string, entry: string, why: string): FetcherError {
  return new FetcherError('FETCHER_ARCHIVE_UNSAFE', `${shown}: the entry ${quoted(entry)} ${why}`, {
    hint: 'nothing of this archive is used: ask those who released it',
  });
}

/** A damaged archive. `why` follows its address in a sentence. */
export function broken(shown: string, why: string, cause?: unknown): FetcherError {
  return new FetcherError('FETCHER_ARCHIVE_BROKEN', `${shown} ${why}`, {
    hint: 'compare its checksum with the release, and ask those who released it',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A feature of an archive that is not understood here. */
export function unsupported(shown: string, entry: string, why: string): FetcherError {
  return new FetcherError('FETCHER_KIND_UNSUPPORTED', `${shown}: the entry ${quoted(entry)} ${why}`, {
    hint: 'unpack it by hand and put the binary in place',
  });
}

const LONGEST_SHOWN = 200;

/** A name of the archive's own choice, so that a message stays one line and of a bearable length. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name);
}

/** The first few names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return `${names.slice(0, 10).map(quoted).join(', ')}${rest}`;
}
