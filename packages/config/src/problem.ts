import { quote } from './quote.js';
import { describeSource, type Source } from './source.js';

/** One setting that cannot be used as it stands. */
export interface Problem {
  /** The variable's name, also where the value comes from the file (its key is in `source`). */
  readonly setting: string;
  /** The offending text; `undefined` where the setting is missing. */
  readonly value: string | undefined;
  readonly source: Source;
  readonly reason: string;
  readonly fix: string;
}

/** One line: name, value, source, reason, what to do. Values and paths are quoted. */
export function describeProblem(problem: Problem): string {
  const { setting, value, source, reason, fix } = problem;
  if (value === undefined) return `${setting} ${reason}: ${fix}`;
  const name = source.from === 'file' ? `${source.key} (${setting})` : setting;
  const origin = source.from === 'file' ? quote(source.path) : describeSource(source);
  return `${name} = ${quote(value)} in ${origin}: ${reason}; ${fix}`;
}
