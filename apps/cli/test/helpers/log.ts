import type { Fields, Log } from '../../src/log/log.js';

/** One line, before it is laid out. */
export interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Fields | undefined;
}

/** A log that keeps what is said. */
export function keepLog(): { readonly log: Log; readonly said: Said[] } {
  const said: Said[] = [];
  const keep = (level: Said['level']) => (message: string, fields?: Fields) =>
    void said.push({ level, message, fields });
  return { log: { info: keep('info'), warn: keep('warn'), error: keep('error') }, said };
}
