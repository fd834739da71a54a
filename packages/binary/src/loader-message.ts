/** What a dynamic loader complained about. */
export interface LoaderComplaint {
  readonly reason: 'missing-library' | 'unusable-library' | 'glibc-too-old';
  /** Names the library or version, and quotes the loader. */
  readonly detail: string;
}

const MISSING = [
  // glibc, exit code 127
  /error while loading shared libraries: ([^\s:]+): cannot open shared object file: No such file/,
  // musl, exit code 127
  /Error loading shared library ([^\s:]+): No such file or directory/,
];
const UNUSABLE = [
  /error while loading shared libraries: ([^\s:]+): .+/,
  /Error loading shared library ([^\s:]+): .+/,
  /symbol lookup error: ([^\s:]+): undefined symbol: .+/,
  /Error relocating ([^\s:]+): \S+: symbol not found/,
  /([^\s:]+): version [`'][^'`]+' not found \(required by .+\)/,
];
const TOO_OLD = [/version [`'](GLIBC_[\w.]+)' not found \(required by .+\)/];

/** The loader speaks before the program does. */
const FIRST = 16_384;

/** Finds the complaint of glibc's or musl's loader in what a program that failed wrote to its stderr. */
export function findLoaderComplaint(output: string): LoaderComplaint | undefined {
  const stderr = output.slice(0, FIRST);
  const find = (reason: LoaderComplaint['reason'], patterns: readonly RegExp[], what: string) => {
    for (const pattern of patterns) {
      const match = pattern.exec(stderr);
      if (match?.[1] !== undefined) return { reason, detail: `${what} ${match[1]}: ${lineOf(stderr, match)}` };
    }
    return undefined;
  };
  return (
    find('glibc-too-old', TOO_OLD, "this machine's glibc is too old for") ??
    find('missing-library', MISSING, 'its dynamic loader does not find') ??
    find('unusable-library', UNUSABLE, 'its dynamic loader cannot use')
  );
}

function lineOf(text: string, match: RegExpExecArray): string {
  const start = text.lastIndexOf('\n', match.index) + 1;
  const end = text.indexOf('\n', match.index);
  return text.slice(start, end < 0 ? undefined : end).trim();
}
