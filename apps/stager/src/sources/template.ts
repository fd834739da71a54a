/** What can be asked for in a template. */
export interface TemplateValues {
  /** The plan's name, or the release's tag. */
  readonly name: string;
  /** As in `linux/amd64`. */
  readonly os: string;
  readonly arch: string;
  /** The name without a leading `v` before a number. */
  readonly version: string;
}

/** The values for a name and a platform such as `linux/amd64`. */
export function templateValues(name: string, platform: string): TemplateValues {
  const [os = '', arch = ''] = platform.split('/');
  return { name, os, arch, version: name.replace(/^v(?=\d)/, '') };
}

/** Why a text is no template; undefined where it is one. */
export function templateProblem(template: string): string | undefined {
  const known = Object.keys(templateValues('', ''));
  for (const [, placeholder = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (!known.includes(placeholder)) {
      return `{${placeholder}} is not known; there are ${known.map((each) => `{${each}}`).join(', ')}`;
    }
  }
  const rest = /[{}]/.exec(template.replaceAll(/\{[^{}]*\}/g, ''));
  return rest === null ? undefined : `a ${rest[0]} stands alone`;
}

/**
 * A template of an address with its values, each escaped so that it stays one segment: a plan is named by whoever
 * proposes it, and `../../other/repository` must not lead elsewhere. Throws RangeError for what `templateProblem` names.
 */
export function fillAddress(template: string, values: TemplateValues): string {
  return fill(template, values, (value) => {
    // Dots alone are the one thing that escaping leaves to mean a directory.
    if (/^\.{1,2}$/.test(value)) throw new RangeError(`${JSON.stringify(value)} cannot be part of an address`);
    return encodeURIComponent(value);
  });
}

/** A template of a file name with its values, as they are. Throws RangeError for what `templateProblem` names. */
export function fillName(template: string, values: TemplateValues): string {
  return fill(template, values, (value) => value);
}

function fill(template: string, values: TemplateValues, escape: (value: string) => string): string {
  const problem = templateProblem(template);
  if (problem !== undefined) throw new RangeError(`${JSON.stringify(template)} is no template: ${problem}`);
  return template.replaceAll(/\{([^{}]*)\}/g, (_, placeholder: string) =>
    escape(values[placeholder as keyof TemplateValues]),
  );
}
