import { SystemdError } from '../errors.js';
import { isVariableName } from '../parse/environment-file.js';

/** What systemd takes, with a word at worst, and what a user database can hold: `val`, `val@corp`, `CORP\val`, `1000`. */
const USER = /^(?:\d+|[\p{L}_](?:[\p{L}\p{N}_.@\\-]*[\p{L}\p{N}_.@$-])?)$/u;

const UNIT = /^[A-Za-z0-9:_.\\@-]+\.(?:service|timer|socket|target|path|mount|automount|swap|slice|scope|device)$/;

/** A user or a group. Throws SystemdError `SYSTEMD_NAME`. */
export function userName(setting: string, name: string): string {
  if (USER.test(name)) return name;
  throw new SystemdError('SYSTEMD_NAME', `${setting}= is no name of a user or a group: ${JSON.stringify(name)}`, {
    hint: 'give the name of a user of this machine, or its number',
  });
}

/** The full name of a unit. Throws SystemdError `SYSTEMD_NAME`. */
export function unitName(setting: string, name: string): string {
  if (UNIT.test(name) && name.length < 256 && !name.startsWith('@')) return name;
  throw new SystemdError('SYSTEMD_NAME', `${setting}= is no name of a unit: ${JSON.stringify(name)}`, {
    hint: 'give a name of letters, digits and : - _ . \\ @ with its type, as chainvisor-stager.service',
  });
}

/** The name of a variable. Throws SystemdError `SYSTEMD_NAME`. */
export function variableName(name: string): string {
  if (isVariableName(name)) return name;
  throw new SystemdError('SYSTEMD_NAME', `this is no name of a variable: ${JSON.stringify(name)}`, {
    hint: 'systemd takes letters, digits and _ only, and no digit first',
  });
}

/** Exit codes, from 0 to 255. Throws SystemdError `SYSTEMD_NUMBER`. */
export function exitCodes(setting: string, codes: readonly number[]): string {
  const bad = codes.find((code) => !Number.isInteger(code) || code < 0 || code > 255);
  if (bad === undefined) return codes.join(' ');
  throw new SystemdError('SYSTEMD_NUMBER', `${setting}= has no such exit code: ${bad}`, {
    hint: 'an exit code is an integer from 0 to 255',
  });
}

/** Milliseconds as whole seconds, rounded up, or `infinity`. Throws SystemdError `SYSTEMD_NUMBER`. */
export function seconds(setting: string, ms: number): string {
  if (ms === Infinity) return 'infinity';
  if (ms >= 0 && ms < 2 ** 53) return String(Math.ceil(ms / 1000));
  throw new SystemdError('SYSTEMD_NUMBER', `${setting}= is no time span: ${ms}`, {
    hint: 'give milliseconds, none or more, or Infinity',
  });
}
