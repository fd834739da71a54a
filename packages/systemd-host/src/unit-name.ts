import { HostError } from './errors.js';

/** The parts of a name such as `chainvisor@paloma.service`. */
export interface UnitName {
  /** The whole of it. */
  readonly name: string;
  /** What stands before the `@`, or before the type. */
  readonly prefix: string;
  /** What stands behind the `@`: empty for a template, undefined without an `@`. */
  readonly instance: string | undefined;
  /** `service`, without the dot. */
  readonly type: string;
}

/** systemd's own limit and characters (unit-name.c). */
const valid = /^[\w:.\\-]+(?:@[\w:.\\@-]*)?\.(?:service|timer)$/;
const LONGEST = 255;

/** Takes a name apart; one without a type is a service, as systemctl takes it. Throws HostError `SYSTEMD_HOST_NAME_INVALID`. */
export function parseUnitName(text: string): UnitName {
  const name = /\.(?:service|timer)$/.test(text) ? text : `${text}.service`;
  if (!valid.test(name) || name.length > LONGEST) {
    throw new HostError('SYSTEMD_HOST_NAME_INVALID', `${JSON.stringify(text)} is no name of a service`, {
      hint: 'letters, digits and :-_.\\ make a name, such as palomad or chainvisor@palomad; a file is named by a path with a /',
    });
  }
  const dot = name.lastIndexOf('.');
  const at = name.indexOf('@');
  const prefix = name.slice(0, at < 0 ? dot : at);
  return { name, prefix, instance: at < 0 ? undefined : name.slice(at + 1, dot), type: name.slice(dot + 1) };
}

/**
 * The name of a node's service, of what an operator wrote: without its type. Throws HostError `SYSTEMD_HOST_NAME_INVALID`
 * for what is none, or has an instance.
 */
export function serviceName(text: string): string {
  const { name, instance } = parseUnitName(text);
  if (instance === undefined && name.endsWith('.service')) return name.slice(0, -'.service'.length);
  throw new HostError('SYSTEMD_HOST_NAME_INVALID', `${JSON.stringify(text)} is no name of a service without an @`, {
    hint: 'leave the @ away, and use --template for chainvisor@.service',
  });
}

/** The template of an instance; undefined for anything else. */
export function templateOf({ prefix, instance, type }: UnitName): string | undefined {
  return instance === undefined || instance === '' ? undefined : `${prefix}@.${type}`;
}

/**
 * The names whose drop-ins a unit takes, its own first: then its template, then those with its prefix cut off behind each
 * dash, as systemd goes through them (unit_file_find_dirs).
 */
export function dropInNames(unit: UnitName): readonly string[] {
  const template = templateOf(unit);
  const instance = unit.instance === undefined ? '' : `@${unit.instance}`;
  const [shorterPrefix] = /^.*-(?=.)/.exec(unit.prefix) ?? [];
  const shorter = shorterPrefix === undefined ? undefined : `${shorterPrefix}${instance}.${unit.type}`;
  return [
    unit.name,
    ...(template === undefined ? [] : dropInNames(parseUnitName(template))),
    ...(shorter === undefined ? [] : dropInNames(parseUnitName(shorter))),
  ].filter((name, index, all) => all.indexOf(name) === index);
}
