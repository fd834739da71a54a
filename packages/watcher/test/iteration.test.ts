import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatest } from '../src/latest.js';
import { watchInfo, type InfoFact, type WatcherError } from '../src/index.js';
import { follow, later, planText, tempHome } from './support.js';

const NEVER = 3_600_000;

function iterator(file: string): { it: AsyncIterator<InfoFact>; controller: AbortController } {
  const controller = new AbortController();
  later(() => controller.abort());
  const it = watchInfo({ file, pollInterval: NEVER, signal: controller.signal })[Symbol.asyncIterator]();
  return { it, controller };
}

// What the kernel watches for this process; several watches of one directory count once.
function watchedDirectories(): number {
  return readdirSync('/proc/self/fdinfo')
    .map((descriptor) =>
      existsSync(`/proc/self/fdinfo/${descriptor}`) ? `/proc/self/fdinfo/${descriptor}` : undefined,
    )
    .flatMap((path) => (path === undefined ? [] : (readFileSync(path, 'utf8').match(/^inotify wd:/gm) ?? []))).length;
}

describe('the iteration of facts', () => {
  it('ends at once, for every waiting call, when the signal aborts', async () => {
    const { it, controller } = iterator(tempHome().file);
    expect(await it.next()).toEqual({ done: false, value: { state: 'absent' } });
    const waiting = [it.next(), it.next()];
    controller.abort();
    const end = { done: true, value: undefined };
    expect(await Promise.all([...waiting, it.next()])).toEqual([end, end, end]);
  });

  it('is empty when the signal was aborted before', async () => {
    const { it, controller } = iterator(tempHome().file);
    controller.abort();
    expect(await it.next()).toEqual({ done: true, value: undefined });
  });

  it('ends a waiting call when it is returned', async () => {
    const { it } = iterator(tempHome().file);
    await it.next();
    const waiting = it.next();
    expect(await it.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('keeps the latest fact only for a consumer that is slow', async () => {
    const { file } = tempHome();
    const { it } = iterator(file);
    await it.next();
    const witness = follow(file, NEVER);
    for (let turn = 1; turn <= 20; turn += 1) {
      writeFileSync(file, planText(`v${turn}`));
      await witness.seesPlan(`v${turn}`);
    }
    expect(await it.next()).toMatchObject({ value: { plan: { name: 'v20' } } });
    const next = it.next();
    expect(await Promise.race([next, Promise.resolve('nothing more')])).toBe('nothing more');
    rmSync(file);
    expect(await next).toMatchObject({ value: { state: 'absent' } });
  });

  it('starts anew for each iteration of one iterable', async () => {
    const { file } = tempHome();
    writeFileSync(file, planText('v1'));
    const iterable = watchInfo({ file, pollInterval: NEVER, signal: new AbortController().signal });
    const seen: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      for await (const fact of iterable) {
        seen.push(fact.state);
        break;
      }
    }
    expect(seen).toEqual(['plan', 'plan']);
  });

  it('releases its directory when it ends, however it ends', async () => {
    const before = watchedDirectories();
    const first = iterator(tempHome().file);
    const second = iterator(tempHome().file);
    await first.it.next();
    await second.it.next();
    expect(watchedDirectories()).toBe(before + 2);
    await first.it.return?.();
    second.controller.abort();
    expect(watchedDirectories()).toBe(before);
  });

  it('does nothing before the first value is asked for', () => {
    const before = watchedDirectories();
    iterator(tempHome().file);
    expect(watchedDirectories()).toBe(before);
  });

  it('fails with what the callback for notes throws, and releases everything', async () => {
    const before = watchedDirectories();
    const { file } = tempHome('without data');
    const onNote = () => {
      throw new Error('from the callback');
    };
    const iterable = watchInfo({ file, pollInterval: 10, signal: new AbortController().signal, onNote });
    const it = iterable[Symbol.asyncIterator]();
    await expect(it.next()).rejects.toThrow('from the callback');
    expect(await it.next()).toEqual({ done: true, value: undefined });
    expect(watchedDirectories()).toBe(before);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses a poll interval of %s ms',
    (pollInterval) => {
      const start = () => watchInfo({ file: 'x', pollInterval, signal: new AbortController().signal });
      expect(start).toThrow(expect.objectContaining({ name: 'WatcherError', code: 'POLL_INTERVAL' }) as WatcherError);
    },
  );

  it.each([
    ['with', 'with data'],
    ['without', 'without data'],
  ] as const)('lets the process end once it is over, %s a directory', async (_, data) => {
    const script = join(import.meta.dirname, 'children', 'abort.ts');
    const { stderr } = await promisify(execFile)(process.execPath, [script, tempHome(data).file], { timeout: 50_000 });
    expect(stderr).toBe('');
  });
});

describe('the latest value', () => {
  it('is never lost and never handed out twice in a row', async () => {
    const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.constantFrom('a', 'b', 'c')), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const latest = createLatest<string>(String, noop, noop);
        const taken: Promise<IteratorResult<string, undefined>>[] = [];
        let last: string | undefined;
        for (const action of actions) {
          if (action === 'take') taken.push(latest.next());
          else latest.put((last = `${action}.`));
        }
        taken.push(latest.next());
        await Promise.resolve();
        latest.end();
        const values = (await Promise.all(taken)).filter((result) => result.done !== true).map(({ value }) => value);
        expect(values.at(-1)).toBe(last);
        for (let index = 1; index < values.length; index += 1) expect(values[index]).not.toBe(values[index - 1]);
      }),
    );
  });
});

function noop(): void {
  // Nothing to start or to release.
}
