import { choicePoints, type FaultPointName, faultPoints } from '@chainvisor/testkit';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { FaultPoint } from '../src/fault-point.js';

const names = [...faultPoints, ...choicePoints].map(({ name }) => name);

const built = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
const textOf = (name: string) => readFileSync(built(name), 'utf8');

/** The points that a built program passes: names are kept in it, and a call of another function is none. */
const passedIn = (text: string) => [...text.matchAll(/\bfaultPoint\("([a-z-]+)"\)/g)].map(([, point]) => point);

describe('the fault points', () => {
  it('are those of testkit, by name', () => {
    expectTypeOf<FaultPoint>().toEqualTypeOf<FaultPointName>();
    expect(new Set(names).size).toBe(names.length);
  });

  it('are all passed somewhere in the build for tests', () => {
    const passed = new Set(passedIn(textOf('main.faults.js')));
    expect(names.filter((name) => !passed.has(name))).toEqual([]);
    expect(statSync(built('main.faults.js')).mode & 0o111).toBe(0o111);
  });

  it('leave nothing in the program that is published', () => {
    // What is left of the empty module itself, since parts that are loaded late pass points too.
    const text = textOf('main.js').replaceAll(
      /init_fault_point=__esm\(\{"src\/fault-point.ts"|init_fault_point\(\)/g,
      '',
    );
    expect(text).not.toMatch(/fault_?point/i);
    expect(text).not.toMatch(/FAULT_LOG/);
    // The same words are there in the build for tests: what is looked for is what would be found.
    expect(textOf('main.faults.js')).toMatch(/function faultPoint\(/);
    expect(textOf('main.faults.js')).toMatch(/FAULT_LOG/);
  });

  it('are not published', () => {
    const { files } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      files: string[];
    };
    expect(files).toContain('dist/main.js');
    expect(files.join(' ')).not.toContain('faults');
  });
});
