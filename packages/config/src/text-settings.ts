import { isAbsolute } from 'node:path';
import { invalidValue } from './errors.js';
import { quote, typeName } from './quote.js';
import { optionalSetting, type CommonOptions, type OptionalOptions, type Setting, type Value } from './setting.js';
import { tomlText } from './toml-literal.js';

export interface TextOptions<F, R extends boolean> extends OptionalOptions<F, R> {
  /** What a value looks like, to complete "set it to …". */
  readonly expects?: string;
  /** Throws `invalidValue(reason, fix)` for a text that cannot be used. */
  readonly check?: (text: string) => void;
}

/** One line of text, without control characters or surrounding space. Empty is the same as not set. */
export function text<const F extends string | undefined = undefined, const R extends boolean = false>(
  options: TextOptions<F, R>,
): Setting<Value<string, F, R>> {
  const parse = (value: string): string => {
    if (value === '') return value;
    checkText(value);
    options.check?.(value);
    return value;
  };
  return optionalSetting<string, F, R>(options, {
    expects: options.expects ?? 'a text',
    parse,
    fromFile: (value) => parse(textFromFile(value)),
    meansUnset: (value) => value === '',
    format: (value) => value,
    toToml: tomlText,
  });
}

/**
 * An absolute path, kept as written. What no shell expanded (`$HOME/…`, `~/…`, `%h/…`) is refused by name. Its existence
 * is not checked.
 */
export function path<const F extends string | undefined = undefined, const R extends boolean = false>(
  options: OptionalOptions<F, R>,
): Setting<Value<string, F, R>> {
  return text({ ...options, expects: 'an absolute path, such as /home/node/.chain', check: checkPath });
}

export interface ChoiceOptions<C extends readonly string[], E extends boolean> extends CommonOptions {
  readonly choices: C;
  readonly fallback: C[number];
  /** Set to the empty text is a value of its own, `''`, in the environment and in the file. */
  readonly allowEmpty?: E;
}

/** One of a few words, in exactly this letter case. */
export function choice<const C extends readonly string[], const E extends boolean = false>(
  options: ChoiceOptions<C, E>,
): Setting<C[number] | (E extends true ? '' : never)> {
  const { choices, allowEmpty = false } = options;
  const list = choices.join(', ');
  const parse = (value: string): string => {
    if (choices.includes(value) || value === '') return value;
    const meant = choices.find((known) => known.toLowerCase() === value.trim().toLowerCase());
    const fix = meant === undefined ? `use one of ${list}` : `write ${meant} (one of ${list})`;
    throw invalidValue('is not one of the known words', allowEmpty ? `${fix}, or leave it empty` : fix);
  };
  const setting = optionalSetting<string, string, true>(options, {
    expects: `one of ${list}`,
    emptyIsValue: allowEmpty,
    parse,
    fromFile: (value) => parse(textFromFile(value)),
    meansUnset: (value) => value === '' && !allowEmpty,
    format: (value) => value,
    toToml: tomlText,
  });
  return setting;
}

export interface ListOptions extends CommonOptions {
  readonly fallback: readonly string[];
  /** Throws `invalidValue(reason, fix)` for an item that cannot be used. */
  readonly check?: (item: string) => void;
}

/** Texts separated by commas; in the file also an array of texts. Space around an item does not count. */
export function list(options: ListOptions): Setting<readonly string[]> {
  const items = (raw: readonly string[]): readonly string[] =>
    raw.map((each) => {
      const item = each.trim();
      if (item === '') throw invalidValue('has an empty item', 'separate the items by single commas');
      if (item.includes(',')) throw invalidValue(`has a comma in the item ${quote(item)}`, 'make it two items');
      checkText(item);
      options.check?.(item);
      return item;
    });
  const parse = (value: string): readonly string[] => (value.trim() === '' ? [] : items(value.split(',')));
  return optionalSetting<readonly string[], readonly string[], true>(options, {
    expects: 'a list such as a,b,c',
    parse,
    fromFile: (value) =>
      Array.isArray(value) ? items((value as unknown[]).map(textFromFile)) : parse(textFromFile(value)),
    format: (value) => value.join(','),
    toToml: (value) => `[${value.map(tomlText).join(', ')}]`,
  });
}

function textFromFile(value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalidValue(`is ${typeName(value)}, not a text`, 'put the value in quotes');
}

function checkText(value: string): void {
  if (/\p{Cc}/u.test(value)) {
    throw invalidValue(
      'holds a control character',
      'retype the value; a file with Windows line ends leaves a carriage return',
    );
  }
  if (/^(["']).*\1$/.test(value)) throw invalidValue('keeps its quotation marks', 'write the value without them');
  if (value.trim() !== value) throw invalidValue('starts or ends with a space', 'remove the space');
}

function checkPath(value: string): void {
  const expansion = /\$\{?[A-Za-z_]\w*\}?/.exec(value) ?? /^(?:~|%[a-zA-Z](?=\/|$))/.exec(value);
  if (expansion !== null) {
    throw invalidValue(
      `holds ${expansion[0]} as written: nothing expands it here (systemd's EnvironmentFile= and config.toml take text literally)`,
      'write the whole path out, such as /home/node/.chain',
    );
  }
  if (!isAbsolute(value)) {
    throw invalidValue('is not an absolute path', 'write the whole path from the root, such as /home/node/.chain');
  }
}
