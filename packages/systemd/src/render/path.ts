import { SystemdError } from '../errors.js';
import { cWord, oneLine, plainWord, writtenText, type UnitText } from './text.js';

/** A path among others: ReadWritePaths=, RequiresMountsFor=. Throws SystemdError as `checkPath`, or `SYSTEMD_TEXT`. */
export function pathWord(setting: string, path: UnitText): string {
  checkPath(setting, path);
  return plainWord(setting, path);
}

/** The directory of WorkingDirectory=, which is not unquoted. Throws SystemdError as `checkPath`, or `SYSTEMD_TEXT`. */
export function directoryLine(setting: string, path: UnitText): string {
  checkPath(setting, path);
  const line = oneLine(setting, path);
  // systemd strips white space, and a slash at the end of a path, in this order.
  return /[ \t]$/.test(writtenText(path)) ? `${line}/` : line;
}

/** The file of EnvironmentFile=, which is a glob. Throws SystemdError as `checkPath`, or `SYSTEMD_TEXT`. */
export function globLine(setting: string, path: UnitText): string {
  checkPath(setting, path);
  if (/[*?[\\]|[ \t/]$/.test(writtenText(path))) {
    throw pathError(setting, path, 'has a character that means something to systemd there', 'without *, ?, [ and \\');
  }
  return oneLine(setting, path);
}

/** The program of ExecStart=, in which systemd puts in no variables. Throws SystemdError as `checkPath`. */
export function programWord(setting: string, path: UnitText): string {
  checkPath(setting, path);
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f'"\\]|\/$/.test(writtenText(path))) {
    throw pathError(
      setting,
      path,
      'is no program that systemd starts',
      'without quotes, backslashes and control characters',
    );
  }
  return cWord(setting, path);
}

/**
 * Refuses a path that systemd ignores or refuses.
 * @throws SystemdError `SYSTEMD_PATH` where it is not absolute (or begins with a specifier), has `..`, or is too long.
 */
function checkPath(setting: string, path: UnitText): void {
  const written = writtenText(path);
  const begins = typeof path === 'string' ? /^\// : /^[/%]/;
  if (!begins.test(written)) throw pathError(setting, path, 'is not absolute', 'from / on');

  const parts = written.split('/');
  if (parts.includes('..')) throw pathError(setting, path, 'has a .. in it', 'without ..');
  if (bytes(written) >= 4096 || parts.some((part) => bytes(part) > 255)) {
    throw pathError(setting, path, 'is longer than a path can be', 'of less than 4096 bytes, of 255 in each part');
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function pathError(setting: string, path: UnitText, what: string, need: string): SystemdError {
  return new SystemdError('SYSTEMD_PATH', `the path of ${setting}= ${what}: ${JSON.stringify(writtenText(path))}`, {
    hint: `give a path ${need}`,
  });
}
