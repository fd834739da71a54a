import { describe, expect, it } from 'vitest';
import { environmentOf, parseEnvironmentFile, parseUnit, type UnitEnvironment } from '../src/index.js';

function environment(
  lines: string,
  files: Record<string, string> = {},
  specifiers?: Record<string, string>,
): UnitEnvironment {
  return environmentOf(parseUnit(`[Service]\n${lines}`, 'x.service'), (path) => files[path], specifiers);
}
const variables = (read: UnitEnvironment): string[] => [...read.variables].map(([key, { value }]) => `${key}=${value}`);

describe('environmentOf', () => {
  it('takes words apart, and the last assignment counts', () => {
    const read = environment('Environment="A=1 2" B=x=y C=\nEnvironment=A=3 $D=4 E=$HOME\n');
    expect(variables(read)).toEqual(['A=3', 'B=x=y', 'C=', 'E=$HOME']);
    expect(read.variables.get('A')?.source).toBe('x.service:3');
    expect(read.problems).toMatchObject([{ text: '$D=4', line: 3, file: 'x.service' }]);
  });

  it('starts anew where the list is reset', () => {
    expect(variables(environment('Environment=A=1\nEnvironment=\nEnvironment=B=2\n'))).toEqual(['B=2']);
  });

  it('lets files win over the unit, and the later file over the earlier', () => {
    const files = { '/a': 'A=a\nB=a\n', '/b': '\n# c\nB=b\n' };
    const read = environment('EnvironmentFile=/a\nEnvironmentFile=-/b\nEnvironment=A=unit C=unit\n', files);
    expect(variables(read)).toEqual(['A=a', 'C=unit', 'B=b']);
    expect(read.variables.get('B')).toEqual({ value: 'b', source: '/b:3' });
  });

  it('names the files without which the service does not start', () => {
    const read = environment('EnvironmentFile=-/a\nEnvironmentFile=/b c\n');
    expect(read.missing).toEqual(['/b c']);
  });

  it('unsets names and whole assignments at the end', () => {
    const lines = 'Environment=A=1 B=2 C=3\nEnvironmentFile=/a\nUnsetEnvironment=A D B=1 C=3\n';
    expect(variables(environment(lines, { '/a': 'D=4' }))).toEqual(['B=2']);
  });

  it('puts in specifiers where they are known, but not within files', () => {
    const read = environment('Environment=A=%i%%\nEnvironmentFile=/%i\n', { '/x': 'B=%i%%' }, { i: 'x' });
    expect(variables(read)).toEqual(['A=x%', 'B=%i%%']);
  });

  it('keeps the words before one that systemd cannot read', () => {
    const read = environment(String.raw`Environment=A=1 B=\q C=3` + '\nEnvironment="D=4\n');
    expect(variables(read)).toEqual(['A=1']);
    expect(read.problems.map(({ line }) => line)).toEqual([2, 3]);
  });

  it('does not take ENVIRONMENT= or the wrong section for it', () => {
    expect(variables(environment('ENVIRONMENT=A=1\n[Unit]\nEnvironment=B=1\n'))).toEqual([]);
  });
});

describe('parseEnvironmentFile', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['  A  =  1 2  \r\nB=x#y ;z', { A: '1 2', B: 'x#y ;z' }],
    [`A='1 $x\\' B="2"`, { A: '1 $x\\B="2"' }],
    [`A="a\\"b\\\\c\\$d\\\`e\\nf"`, { A: 'a"b\\c$d`e\\nf' }],
    ['A="two\nlines"\nB=\'two\nmore\'', { A: 'two\nlines', B: 'two\nmore' }],
    ['A="joined \\\nline"\nB=jo\\\nined', { A: 'joined line', B: 'joined' }],
    ['A="open\nB=1', { A: 'open\nB=1' }],
    [`A="1" '2' 3 "4"`, { A: '123 "4"' }],
    ['A=\\ 1\\ \nB=a\\"b', { A: ' 1 ', B: 'a"b' }],
    ['A=\n\nB=', { A: '', B: '' }],
    ['# c\n ; d\n=x\nword\nA=1', { A: '1' }],
  ])('reads %j as systemd does', (text, expected) => {
    const read = parseEnvironmentFile(text).assignments.map(({ key, value }) => [key, value] as const);
    expect(Object.fromEntries(read)).toEqual(expected);
  });

  it('says on which line an assignment begins', () => {
    const { assignments } = parseEnvironmentFile('# c\nA="1\n2"\n\nB=3\\\n4\nA=5\n');
    expect(assignments.map(({ key, line }) => `${key}:${line}`)).toEqual(['A:2', 'B:5', 'A:7']);
  });

  it('names what systemd ignores', () => {
    const { problems } = parseEnvironmentFile('export A=1\nword\n# c \\\n1B=2\n# d \\\\\n', '/x.env');
    expect(problems.map(({ file, line, text }) => `${file}:${line} ${text}`)).toEqual([
      '/x.env:1 export A',
      '/x.env:2 word',
      '/x.env:3 # c \\',
      '/x.env:4 1B',
    ]);
  });
});
