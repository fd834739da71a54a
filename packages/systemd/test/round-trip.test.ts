import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commandOf,
  environmentOf,
  expandSpecifiers,
  lastEntry,
  parseEnvironmentFile,
  parseUnit,
  renderEnvironmentFile,
  renderServiceDropIn,
  renderServiceUnit,
  renderTimerUnit,
  splitPaths,
  splitWords,
  withSpecifiers,
} from '../src/index.js';
import { line, name, path, text } from './arbitrary.ts';
import { argumentsOf, environmentFile, specifiersIn, valuesOf, wordsOf } from './reference.ts';
import { stager, supervisor } from './support.ts';

const program = path
  // eslint-disable-next-line no-control-regex
  .map((value) => value.replace(/[\u0000-\u001f\u007f'"\\]/g, '-'));
const stripped = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '');

function one(values: readonly string[]): string {
  expect(values).toHaveLength(1);
  return values[0] ?? '';
}

describe('what is rendered arrives unchanged', () => {
  it('as arguments of a command', () => {
    fc.assert(
      fc.property(program, fc.array(text, { maxLength: 5 }), (first, args) => {
        const unit = renderServiceUnit({ ...supervisor, exec: [first, ...args] });
        const words = wordsOf(one(valuesOf(unit, 'Service', 'ExecStart')), { c: true }).map((word) =>
          specifiersIn(word),
        );
        // systemd puts no variables into the path of the program that it starts.
        expect(words[0]).toBe(first);
        expect(argumentsOf(words.slice(1))).toEqual(args);

        const { flags, argv } = commandOf(lastEntry(parseUnit(unit), 'Service', 'ExecStart')?.value ?? '');
        expect({ flags, argv: argv.map((word) => expandSpecifiers(word, {})) }).toEqual({ flags: '', argv: words });
      }),
    );
  });

  it('as variables of the unit', () => {
    fc.assert(
      fc.property(fc.dictionary(name, text, { maxKeys: 5, noNullPrototype: true }), (environment) => {
        const unit = renderServiceUnit({ ...stager, environment });
        const words = valuesOf(unit, 'Service', 'Environment').flatMap((value) => wordsOf(value, { c: true }));
        const expected = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
        expect(words.map((word) => specifiersIn(word))).toEqual(expected);

        const read = environmentOf(parseUnit(unit), () => undefined);
        expect(read.problems).toEqual([]);
        expect([...read.variables].map(([key, { value }]) => `${key}=${value}`)).toEqual(expected);
      }),
    );
  });

  it('as variables of an environment file', () => {
    fc.assert(
      fc.property(fc.dictionary(name, text, { maxKeys: 5, noNullPrototype: true }), (variables) => {
        const file = renderEnvironmentFile(variables);
        expect(environmentFile(file)).toEqual(variables);

        const { assignments, problems } = parseEnvironmentFile(file);
        expect(problems).toEqual([]);
        expect(Object.fromEntries(assignments.map(({ key, value }) => [key, value]))).toEqual(variables);
      }),
    );
  });

  it('as variables that a shell takes from the environment file', () => {
    fc.assert(
      fc.property(text, (value) => {
        const input = `${renderEnvironmentFile({ VALUE: value })}printf '%s' "$VALUE"\n`;
        expect(spawnSync('sh', ['-s'], { input, encoding: 'utf8' })).toMatchObject({
          status: 0,
          stdout: value,
          stderr: '',
        });
      }),
    );
  });

  it('as paths that may be written', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 3 }), (writable) => {
        const unit = renderServiceUnit({ ...supervisor, writable });
        for (const [section, key] of [
          ['Service', 'ReadWritePaths'],
          ['Unit', 'RequiresMountsFor'],
        ] as const) {
          const values = valuesOf(unit, section, key);
          expect(values.flatMap((value) => wordsOf(value, { c: false })).map((word) => specifiersIn(word))).toEqual(
            writable,
          );
          expect(values.flatMap(splitPaths).map((word) => expandSpecifiers(word, {}))).toEqual(writable);
        }
        expect(valuesOf(renderServiceDropIn({ user: 'val', writable }), 'Service', 'ReadWritePaths')).toEqual(
          valuesOf(unit, 'Service', 'ReadWritePaths'),
        );
      }),
    );
  });

  it('as the working directory, but for a slash at its end', () => {
    fc.assert(
      fc.property(path, (workingDirectory) => {
        const value = one(
          valuesOf(renderServiceUnit({ ...supervisor, workingDirectory }), 'Service', 'WorkingDirectory'),
        );
        expect(specifiersIn(value).replace(/\/$/, '')).toBe(workingDirectory);
      }),
    );
  });

  it('as descriptions, but for the white space around them', () => {
    fc.assert(
      fc.property(line, (description) => {
        const timer = renderTimerUnit({ description, onCalendar: 'hourly', randomizedDelaySec: 60 });
        for (const unit of [renderServiceUnit({ ...supervisor, description }), timer]) {
          expect(specifiersIn(one(valuesOf(unit, 'Unit', 'Description')))).toBe(stripped(description));
          expect(parseUnit(unit).problems).toEqual([]);
        }
      }),
    );
  });

  it('and only where specifiers are meant, they are put in', () => {
    const unit = renderServiceUnit({
      ...supervisor,
      description: withSpecifiers('chain %i, 100%%'),
      exec: ['/bin/true', withSpecifiers('--home=/srv/%i $HOME'), '%i'],
      environmentFiles: [withSpecifiers('/etc/chainvisor/%i.env')],
      writable: [withSpecifiers('/srv/%i')],
    });
    const put = (value: string): string => specifiersIn(value, { i: 'paloma' });
    expect(put(one(valuesOf(unit, 'Unit', 'Description')))).toBe('chain paloma, 100%');
    expect(put(one(valuesOf(unit, 'Service', 'EnvironmentFile')))).toBe('/etc/chainvisor/paloma.env');
    expect(put(one(valuesOf(unit, 'Service', 'ReadWritePaths')))).toBe('/srv/paloma');
    const words = wordsOf(one(valuesOf(unit, 'Service', 'ExecStart')), { c: true }).map(put);
    expect(argumentsOf(words)).toEqual(['/bin/true', '--home=/srv/paloma $HOME', '%i']);
  });
});

function outcome(words: () => readonly string[]): readonly string[] | 'refused' {
  try {
    return words();
  } catch {
    return 'refused';
  }
}

describe('the parser and the reference agree', () => {
  it('on settings of any kind, and nothing makes the parser throw', () => {
    const parts = ['[Service]', '\n', '\n', '\r', 'A', '=', '=', '\\', '\\\n', '#', ';', ' ', '\t', '"', '\ufeff', 'B'];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((found) => found.join('')),
        (unit) => {
          const read = parseUnit(unit).entries.filter(({ key }) => key === 'A');
          const expected = outcome(() => valuesOf(unit, 'Service', 'A'));
          if (expected === 'refused') expect(read.every(({ section }) => section === 'Service')).toBe(true);
          else expect(read.map(({ value }) => value)).toEqual(expected);
        },
      ),
      { numRuns: 5000 },
    );
  });

  const soup = fc
    .array(
      fc.constantFrom('a', 'B', '=', '\\', '"', "'", ' ', '\t', '\n', '\r', '#', ';', '$', '`', 'x41', 'n', '\u00e9'),
      {
        maxLength: 40,
      },
    )
    .map((parts) => parts.join(''));

  it('on environment files of any kind', () => {
    fc.assert(
      fc.property(soup, (file) => {
        const expected = Object.entries(environmentFile(file)).filter(([key]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key));
        const read = parseEnvironmentFile(file).assignments.map(({ key, value }) => [key, value] as const);
        expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 5000 },
    );
  });

  it('on words of any kind', () => {
    fc.assert(
      fc.property(soup, (value) => {
        expect(outcome(() => splitPaths(value))).toEqual(outcome(() => wordsOf(value, { c: false })));
        // Escapes that are none are refused by some settings of systemd and kept by others.
        const strict = outcome(() => wordsOf(value, { c: true }));
        if (strict !== 'refused') expect(splitWords(value)).toEqual(strict);
      }),
      { numRuns: 5000 },
    );
  });
});
