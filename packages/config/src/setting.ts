/** One entry of a settings table: how it is called, what it means, and how text and TOML become a value. */
export interface Setting<T> {
  /** The environment variable, for example `DAEMON_HOME`. */
  readonly env: string;
  /** The key in config.toml; letter case does not matter there. */
  readonly key: string;
  /** One line for the operator. */
  readonly help: string;
  /** The value where neither environment nor file gives one; without meaning for a required setting. */
  readonly fallback: T;
  readonly required: boolean;
  /** What a value looks like, to complete "set it to …". */
  readonly expects: string;
  /** Set to the empty text means something other than not set. */
  readonly emptyIsValue: boolean;
  /** Kept for old environments and changes nothing: a bad value is a warning, and no config.toml is written with it. */
  readonly noEffect: boolean;
  /** From the text of a variable or flag. @throws ConfigError `VALUE_INVALID` */
  parse(text: string): T;
  /** From a TOML value: integers as `bigint` or `number`. @throws ConfigError `VALUE_INVALID` */
  fromFile(value: unknown): T;
  /** This value, given explicitly, still stands for the default. */
  meansUnset(value: T): boolean;
  /** What an operator would write in the environment; empty for `undefined`. */
  format(value: T): string;
  /** The TOML literal. */
  toToml(value: T): string;
}

/** Settings by the name that code uses for them. The order is the order of a written config.toml. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

export type ValuesOf<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

/** What every builder takes. */
export interface CommonOptions {
  readonly env: string;
  /** Default: the variable's name in lower case. */
  readonly key?: string;
  readonly help: string;
  readonly noEffect?: boolean;
}

/** For values that may be missing. A required setting needs no fallback; an optional one without is `undefined`. */
export interface OptionalOptions<F, R extends boolean> extends CommonOptions {
  readonly fallback?: F;
  readonly required?: R;
}

/** The value's type: never `undefined` where the setting is required or has a fallback. */
export type Value<T, F, R extends boolean> = R extends true ? T : T | F;

interface Conversions<T> {
  readonly expects: string;
  readonly emptyIsValue?: boolean;
  parse(text: string): T;
  fromFile(value: unknown): T;
  meansUnset?(value: T): boolean;
  format(value: T): string;
  toToml(value: T): string;
}

export function optionalSetting<T, F, R extends boolean>(
  options: OptionalOptions<F, R>,
  conversions: Conversions<T>,
): Setting<Value<T, F, R>> {
  const { env, key = env.toLowerCase(), help, fallback, required = false, noEffect = false } = options;
  const setting: Setting<T | undefined> = {
    env,
    key,
    help,
    fallback: fallback as T | undefined,
    required,
    expects: conversions.expects,
    emptyIsValue: conversions.emptyIsValue ?? false,
    noEffect,
    parse: (text) => conversions.parse(text),
    fromFile: (value) => conversions.fromFile(value),
    meansUnset: (value) => value !== undefined && (conversions.meansUnset?.(value) ?? false),
    format: (value) => (value === undefined ? '' : conversions.format(value)),
    toToml: (value) => (value === undefined ? "''" : conversions.toToml(value)),
  };
  return setting as Setting<Value<T, F, R>>;
}
