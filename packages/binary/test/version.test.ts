import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesUnder, waitFor } from '@chainvisor/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BinaryError, readVersion } from '../src/index.ts';
import type { VersionFailure, VersionOptions, VersionReading } from '../src/index.ts';
import { put, temporary } from './files.ts';

/** Generous, as nothing here waits for it but what is meant to. */
const TIMEOUT = 60_000;

interface Daemon {
  readonly dir: string;
  readonly path: string;
  /** Where the throw-away directories are made. */
  readonly tmp: string;
  readonly read: (options?: Partial<VersionOptions>) => Promise<VersionReading>;
}

/** A shell script as daemon; `$DIR` in it is a directory that stays. Afterwards nothing of it may be left. */
function daemon(script: string): Daemon {
  const dir = temporary();
  const tmp = join(dir, 'tmp');
  mkdirSync(tmp);
  const path = put(join(dir, 'bin', 'palomad'), `#!/bin/sh\nDIR=${dir}\n${script}\n`, 0o755);
  const read = async (options: Partial<VersionOptions> = {}): Promise<VersionReading> => {
    const reading = await readVersion(path, { timeout: TIMEOUT, tmpParent: tmp, ...options });
    expect(readdirSync(tmp)).toEqual([]);
    expect(await processesUnder(tmp)).toEqual([]);
    return reading;
  };
  return { dir, path, tmp, read };
}

const LONG =
  '{"name":"paloma","server_name":"palomad","version":"v2.4.14","commit":"1a2b3c","cosmos_sdk_version":"v0.50.13"}';
const facts = { ok: true, version: 'v2.4.14', name: 'paloma', commit: '1a2b3c', sdk: 'v0.50.13' };
/** Answers the long question with this, the short one not at all. */
const long = (output: string): string => `[ "$*" = "version --long --output json" ] || exit 9\n${output}`;
/** As a daemon that knows no flags. */
const short = (output: string): string =>
  `[ "$*" = version ] || { echo "Error: unknown flag" >&2; exit 1; }\n${output}`;

async function failing(script: string, reason: VersionFailure, options?: Partial<VersionOptions>) {
  const reading = await daemon(script).read(options);
  expect(reading).toMatchObject({ ok: false, reason });
  if (reading.ok) throw new Error('it was read');
  expect(reading.detail).not.toBe('');
  return reading;
}

describe('the answer', () => {
  it.each([
    ['on stdout', `echo '${LONG}'`],
    ['on stderr, as old SDKs do', `echo '${LONG}' >&2`],
    [
      'over several lines',
      `printf '{\\n"name":"paloma",%s' '${LONG.slice(LONG.indexOf('"version"')).replace(',', ',\n')}'`,
    ],
    ['behind a warning', `echo '{"level":"warn"}'; echo 'a warning'; echo '${LONG}'`],
    ['beside a warning on stderr', `echo '{"version":"v0"}' >&2; echo '${LONG}'`],
  ])('is read %s', async (_, script) => {
    expect(await daemon(long(script)).read()).toEqual(facts);
  });

  it('may be empty, where the program was built without a version', async () => {
    expect(await daemon(long(`echo '{"name":"","server_name":"palomad","version":""}'`)).read()).toEqual({
      ok: true,
      version: '',
      name: 'palomad',
    });
  });

  it.each([
    ['with a v', 'echo v2.4.14', 'v2.4.14'],
    ['without one', 'echo 2.4.14', '2.4.14'],
    ['without a line end, coloured', "printf '\\033[32m2.4.14\\033[0m'", '2.4.14'],
    ['on stderr', 'echo 2.4.14 >&2', '2.4.14'],
    ['behind a warning', 'echo "WARNING: no config"; echo 2.4.14', '2.4.14'],
    ['beside a warning on stderr', 'echo 1.0.0 >&2; echo 2.4.14', '2.4.14'],
    ['as a word alone', 'echo main', 'main'],
  ])('is read as text %s', async (_, script, version) => {
    expect(await daemon(short(script)).read()).toEqual({ ok: true, version });
  });

  it.each([
    ['a version that is no text', '{"version":7}'],
    ['one with control characters', '{"version":"v1\\u001b[31m"}'],
    ['YAML', 'version: v9.9.9'],
    ['nothing', ''],
    ['null', 'null'],
  ])('is asked for again as text where the long one is %s', async (_, output) => {
    const script = `[ "$*" = version ] && echo 2.4.14 || cat <<'END'\n${output}\nEND`;
    expect(await daemon(script).read()).toEqual({ ok: true, version: '2.4.14' });
  });
});

describe('the environment', () => {
  it('is clean: new directories, nothing of ours, no standard input', async () => {
    process.env['CHAINVISOR_LEAK'] = '1';
    onTestFinished(() => {
      delete process.env['CHAINVISOR_LEAK'];
    });
    const { dir, tmp, read } = daemon(
      long(`env > $DIR/env; pwd > $DIR/cwd; cat > $DIR/stdin; ls -A "$HOME" "$TMPDIR" > $DIR/ls; echo '${LONG}'`),
    );
    expect(await read()).toEqual(facts);
    const lines = readFileSync(join(dir, 'env'), 'utf8').trim().split('\n');
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
    // The shell adds the last four.
    const known = ['PATH', 'LANG', 'HOME', 'TMPDIR', 'PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
    expect(env).toMatchObject({ LANG: 'C.UTF-8', PATH: expect.stringContaining('/usr/bin') as string });
    expect(env['HOME']?.startsWith(`${tmp}/`)).toBe(true);
    expect(env['TMPDIR']?.startsWith(`${tmp}/`)).toBe(true);
    expect(env['HOME']).not.toBe(env['TMPDIR']);
    expect(readFileSync(join(dir, 'cwd'), 'utf8').trim()).toBe(env['HOME']);
    expect(readFileSync(join(dir, 'stdin'), 'utf8')).toBe('');
    expect(readFileSync(join(dir, 'ls'), 'utf8').split('\n').filter(Boolean)).toEqual([
      `${env['HOME']}:`,
      `${env['TMPDIR']}:`,
    ]);
    expect(existsSync(env['HOME'] ?? '')).toBe(false);
  });

  it('lets a program write to HOME and TMPDIR, and leaves nothing of it', async () => {
    const script = `
      [ -n "$HOME" ] && [ -d "$HOME" ] || { echo 'panic: $HOME is not defined' >&2; exit 2; }
      mkdir -p "$HOME/.paloma/config" && echo x > "$HOME/.paloma/config/client.toml" || exit 2
      mktemp -d >/dev/null || exit 2
      mkdir "$TMPDIR/locked" && echo x > "$TMPDIR/locked/file" && chmod 555 "$TMPDIR/locked"
      ln -s / "$HOME/root"
      chmod 500 "$HOME"`;
    expect(await daemon(long(`${script}\necho '${LONG}'`)).read()).toEqual(facts);
    expect(existsSync('/bin/sh')).toBe(true);
  });

  it('has LD_LIBRARY_PATH where there are libraries, its own first', async () => {
    const script = long(`printf '{"version":"%s"}' "$LD_LIBRARY_PATH"`);
    expect(await daemon(script).read()).toEqual({ ok: true, version: '' });
    expect(await daemon(script).read({ libDir: '/up/lib' })).toEqual({ ok: true, version: '/up/lib' });
    expect(await daemon(script).read({ libDir: '/up/lib', libraryPath: '/a:/b' })).toEqual({
      ok: true,
      version: '/up/lib:/a:/b',
    });
  });
});

describe('no answer', () => {
  it('is an error that the program tells, with what it wrote', async () => {
    const failed = await failing(
      'echo usage; printf "\\033[31mpanic: no version\\033[0m\\r\\n\\007" >&2; exit 2',
      'failed',
    );
    expect(failed.detail).toBe('`palomad version` ended with code 2');
    expect(failed.output).toBe('panic: no version\n\ufffd\nusage');
    expect((await failing('kill -SEGV $$', 'failed')).detail).toContain('SIGSEGV');
    expect((await failing('no-such-command', 'failed')).output).toContain('no-such-command');
  });

  it('is output without a version', async () => {
    await failing('exit 0', 'no-version');
    const { output } = await failing('echo "palomad is a daemon"; echo "Usage of it:"', 'no-version');
    expect(output).toContain('Usage of it:');
  });

  it.each<[VersionFailure, string, string, number]>([
    [
      'missing-library',
      'libwasmvm.x86_64.so',
      'palomad: error while loading shared libraries: libwasmvm.x86_64.so: cannot open shared object file: No such file or directory',
      127,
    ],
    [
      'missing-library',
      'libwasmvm.so',
      'Error loading shared library libwasmvm.so: No such file or directory (needed by /x)',
      127,
    ],
    [
      'glibc-too-old',
      'GLIBC_2.38',
      "/x: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /x)",
      1,
    ],
    ['unusable-library', 'libfoo.so', '/x: error while loading shared libraries: libfoo.so: file too short', 127],
    ['unusable-library', '/x', '/x: symbol lookup error: /x: undefined symbol: store_code', 127],
  ])('is what the loader says: %s %s', async (reason, name, message, code) => {
    const found = await failing(`cat >&2 <<'END'\n${message}\nEND\nexit ${code}`, reason);
    expect(found.detail).toContain(name);
    expect(found.output).toBe(message);
  });

  it('is a file that would not start', async () => {
    const dir = temporary();
    for (const content of ['', 'echo v1.0.0\n', '#!/no/such/shell\n']) {
      const reading = await readVersion(put(join(dir, 'palomad'), content, 0o755), {
        timeout: TIMEOUT,
        tmpParent: dir,
      });
      expect(reading).toMatchObject({ ok: false, reason: 'not-runnable' });
    }
    expect(await readVersion(join(dir, 'none'), { timeout: TIMEOUT })).toMatchObject({ reason: 'not-runnable' });
  });

  it.each(['stdout', 'stderr'])('is a flood on %s', async (stream) => {
    const flood = await failing(`yes 'no end of it'${stream === 'stderr' ? ' >&2' : ''}`, 'too-much-output');
    expect(flood.output.length).toBeLessThanOrEqual(4096);
    expect(flood.output).toContain('no end of it');
  });
});

/** Hangs with a child, one in another process group, one in another session, all deaf to SIGTERM; their numbers go to $DIR/pids. */
const HANGING = `
  trap '' TERM INT HUP
  sleep 1000 & echo $! >> $DIR/pids
  sh -c 'trap "" TERM; sh -c "echo \\$\\$ >> $0/pids; exec sleep 1000" & wait' $DIR &
  setsid sh -c 'echo $$ >> $0/pids; exec sleep 1000' $DIR &
  echo $$ >> $DIR/pids
  while :; do sleep 1000; done`;

describe('a program that hangs', () => {
  it('is killed at the end of the time, with all that it started', async () => {
    const { dir, read } = daemon(HANGING);
    const reading = await read({ timeout: 3_000 });
    expect(reading).toMatchObject({
      ok: false,
      reason: 'timeout',
      detail: expect.stringContaining('3000 ms') as string,
    });
    for (const pid of pids(dir)) expect(isLive(pid)).toBe(false);
  });

  it('is killed on abort, with all that it started', async () => {
    const { dir, read } = daemon(HANGING);
    const abort = new AbortController();
    const reading = read({ signal: abort.signal });
    const started = await waitFor('its four processes', () => {
      const found = pids(dir);
      return found.length === 4 && found;
    });
    expect(started.every(isLive)).toBe(true);
    abort.abort();
    expect(await reading).toMatchObject({ ok: false, reason: 'aborted' });
    expect(started.filter(isLive)).toEqual([]);
  });

  it('has one time limit for both questions', async () => {
    const reading = await daemon('[ "$*" = version ] || exit 1; sleep 1000').read({ timeout: 3_000 });
    expect(reading).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('is not started when aborted before', async () => {
    const { dir, read } = daemon('touch $DIR/started');
    expect(await read({ signal: AbortSignal.abort() })).toMatchObject({ ok: false, reason: 'aborted' });
    expect(existsSync(join(dir, 'started'))).toBe(false);
  });
});

describe('a program that ends and leaves others behind', () => {
  it('is answered, and they are killed', async () => {
    const { dir, read } = daemon(
      long(`sleep 1000 & echo $! >> $DIR/pids\nsetsid sh -c 'echo $$ >> $0/pids; exec sleep 1000' $DIR &
        while [ "$(wc -l < $DIR/pids)" -lt 2 ]; do sleep 0.05; done; echo '${LONG}'`),
    );
    expect(await read()).toEqual(facts);
    expect(pids(dir)).toHaveLength(2);
    expect(pids(dir).filter(isLive)).toEqual([]);
  });

  it('is answered even where one hides from us and keeps the pipes open', async () => {
    const { dir, read } = daemon(
      long(`setsid env -i sh -c 'cd /; unset OLDPWD; echo $$ > $0/pids; exec sleep 1000' $DIR &
        while [ ! -s $DIR/pids ]; do sleep 0.05; done; echo '${LONG}'`),
    );
    onTestFinished(() => {
      for (const pid of pids(dir)) if (isLive(pid)) process.kill(pid, 'SIGKILL');
    });
    expect(await read()).toEqual(facts);
    expect(pids(dir).filter(isLive)).toHaveLength(1);
  });
});

describe('readVersion', () => {
  it.each([0, -1, NaN, Infinity, 2 ** 31])('refuses the time limit %s', async (timeout) => {
    const error: unknown = await readVersion('/bin/true', { timeout }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BinaryError);
    expect(error).toMatchObject({ code: 'BINARY_TIME_INVALID' });
  });

  it('says where it can make no directory', async () => {
    const tmpParent = join(temporary(), 'none');
    await expect(readVersion('/bin/true', { timeout: TIMEOUT, tmpParent })).rejects.toMatchObject({
      code: 'BINARY_SANDBOX_FAILED',
      message: expect.stringContaining(tmpParent) as string,
    });
  });

  it('loads execa only where something is run', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const binary = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
      await binary.checkBinary('/bin/true');
      await binary.readVersion('/none', { timeout: 1000 });
      const before = loaded.some((url) => url.includes('/execa/'));
      await binary.readVersion('/bin/true', { timeout: 60000, tmpParent: ${JSON.stringify(temporary())} });
      console.log(JSON.stringify([before, loaded.some((url) => url.includes('/execa/'))]));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual([false, true]);
  });
});

function pids(dir: string): readonly number[] {
  const file = join(dir, 'pids');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : [];
}

function isLive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
