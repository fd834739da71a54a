import { execa } from 'execa';

/** The toolchain may stop for this long after an interrupt to remove its work directory. */
const GO_STOP_MS = 30_000;
const KEPT_LINES = 40;

/** Nothing that the caller's shell sets changes what is built: the flags are ours, the platform is this machine's, sums are verified. */
export const goEnvironment: Readonly<Record<string, string | undefined>> = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly',
  GOWORK: 'off',
  GOOS: undefined,
  GOARCH: undefined,
};

/** What `go version` prints, or undefined where there is no Go. A Go that is there but does not work is an error. */
export async function goVersion(): Promise<string | undefined> {
  const { exitCode, stdout, stderr, code } = await execa('go', ['version'], { env: goEnvironment, reject: false });
  if (code === 'ENOENT') return undefined;
  if (exitCode !== 0) throw new Error(`go version failed: ${stderr}`);
  return stdout;
}

export interface RunGoOptions {
  readonly cwd: string;
  /** Where Go keeps its work directory, which it leaves behind when it is killed. */
  readonly scratch: string;
  /** Called with each line that Go prints on stderr. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Runs the go command and throws with the end of what it printed where it fails. */
export async function runGo(args: readonly string[], options: RunGoOptions): Promise<void> {
  const child = execa('go', args, {
    cwd: options.cwd,
    env: { ...goEnvironment, GOTMPDIR: options.scratch },
    stdin: 'ignore',
    stdout: 'ignore',
    buffer: false,
    reject: false,
    killSignal: 'SIGINT',
    forceKillAfterDelay: GO_STOP_MS,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  const kept: string[] = [];
  for await (const line of child.iterable({ from: 'stderr' })) {
    options.onLine(line);
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
  }
  const result = await child;
  if (result.failed) throw new Error([result.shortMessage, ...kept].join('\n'), { cause: result });
}
