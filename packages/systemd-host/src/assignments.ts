import { HostError } from './errors.js';

/** Variables as they are given by `--env`, `NAME=value` each. Throws HostError `SYSTEMD_HOST_NAME_INVALID` for what is none. */
export function parseAssignments(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw new HostError('SYSTEMD_HOST_NAME_INVALID', `--env ${JSON.stringify(text)} is no assignment`, {
        hint: 'write NAME=value, such as PIGEON_HEALTHCHECK_PORT=5757',
      });
    }),
  );
}
