import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillAddress, fillName, templateProblem, templateValues } from '../src/sources/template.js';

const seed = 'https://github.com/palomachain/paloma/releases/download/{name}/paloma_Linux_x86_64.tar.gz';

describe('a template', () => {
  it.each([
    [seed, 'v2.4.15', seed.replace('{name}', 'v2.4.15')],
    ['https://h/{version}/{os}_{arch}', 'v2.4.15', 'https://h/2.4.15/linux_amd64'],
    ['https://h/{name}{name}', 'a', 'https://h/aa'],
    ['https://h/{name}', 'protocol/v5.0.5', 'https://h/protocol%2Fv5.0.5'],
    ['https://h/{name}/x', 'a?b#c d%', 'https://h/a%3Fb%23c%20d%25/x'],
    ['https://h/{version}', 'vega', 'https://h/vega'],
    ['https://h/fixed', 'v1', 'https://h/fixed'],
  ])('%s with %s is %s', (template, name, address) => {
    expect(fillAddress(template, templateValues(name, 'linux/amd64'))).toBe(address);
  });

  it('of a file name takes the values as they are', () => {
    expect(fillName('app_{version}_{os}_{arch}', templateValues('v1.0+2', 'linux/arm64'))).toBe(
      'app_1.0+2_linux_arm64',
    );
  });

  it.each([
    ['{nam}', '{nam} is not known; there are {name}, {os}, {arch}, {version}'],
    ['{NAME}', '{NAME} is not known; there are {name}, {os}, {arch}, {version}'],
    ['{}', '{} is not known; there are {name}, {os}, {arch}, {version}'],
    ['{name', 'a { stands alone'],
    ['name}', 'a } stands alone'],
    ['{{name}}', 'a { stands alone'],
  ])('%s is none: %s', (template, problem) => {
    expect(templateProblem(template)).toBe(problem);
    expect(() => fillAddress(template, templateValues('v1', 'linux/amd64'))).toThrow(RangeError);
  });

  it('never leads to another directory, host or query, whatever the name of the plan', () => {
    const plain = new URL('https://h/a/X/b');
    const names = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('.', '..', '../../x', 'a/../..', '@evil', '%2e'),
    );
    fc.assert(
      fc.property(names, (name) => {
        let address: string;
        try {
          address = fillAddress('https://h/a/{name}/b', templateValues(name, 'linux/amd64'));
        } catch {
          // Refused: half a character, or a directory's own name.
          return;
        }
        const { host, pathname, search, hash } = new URL(address);
        expect({ host, search, hash, parts: pathname.split('/').length }).toEqual({
          host: plain.host,
          search: '',
          hash: '',
          parts: 4,
        });
        expect(pathname).toMatch(/^\/a\/.*\/b$/);
      }),
    );
  });
});
