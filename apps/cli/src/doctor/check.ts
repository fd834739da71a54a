/** What the doctor looks at, in the order in which it tells. */
export const topics = [
  'unit',
  'environment',
  'layout',
  'ports',
  'validator',
  'binaries',
  'space',
  'clock',
  'limits',
  'leftovers',
  'update',
] as const;

/** One of them. */
export type Topic = (typeof topics)[number];

/** How good a check came out: `error` where an upgrade, blocks or the start are at stake. */
export type Level = 'ok' | 'note' | 'warning' | 'error';

/** One thing that was looked at. */
export interface Check {
  readonly topic: Topic;
  readonly level: Level;
  readonly what: string;
  /** What comes of it, or how it is known. */
  readonly why?: string;
  /** What to do. */
  readonly do?: string;
  /** The file, with its line where there is one, or the process. */
  readonly where?: string;
}

/** What a check says besides its first line. Undefined is nothing. */
interface More {
  readonly why?: string | undefined;
  readonly do?: string | undefined;
  readonly where?: string | undefined;
}

/** Makes the checks of one topic. */
export type Checker = Readonly<Record<Level, (what: string, more?: More) => Check>>;

/** The checker of a topic. */
export function checker(topic: Topic): Checker {
  const at =
    (level: Level) =>
    (what: string, more: More = {}): Check => ({
      topic,
      level,
      what,
      ...(more.why === undefined ? {} : { why: more.why }),
      ...(more.do === undefined ? {} : { do: more.do }),
      ...(more.where === undefined ? {} : { where: more.where }),
    });
  return { ok: at('ok'), note: at('note'), warning: at('warning'), error: at('error') };
}

/** "1 backup", "2 backups" */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Whether nothing is an error. */
export function isGood(checks: readonly Check[]): boolean {
  return checks.every(({ level }) => level !== 'error');
}
