import { variableName } from './checks.js';
import { checkText } from './text.js';

/**
 * The text of an environment file, in the order of the variables. A shell reads it as systemd does.
 * @throws SystemdError `SYSTEMD_NAME` for a name that is none, `SYSTEMD_TEXT` for a value that no such file can carry.
 */
export function renderEnvironmentFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${variableName(name)}=${quoted(name, value)}\n`);
  return lines.join('');
}

function quoted(name: string, value: string): string {
  checkText(name, value);
  return /^[\w./:=@,+%-]+$/.test(value) ? value : `"${value.replace(/["\\`$]/g, '\\$&')}"`;
}
