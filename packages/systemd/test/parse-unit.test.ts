import { describe, expect, it } from 'vitest';
import { entriesOf, lastEntry, linesOf, mergeUnits, parseUnit } from '../src/index.js';

const settings = (text: string, file?: string): string[] =>
  parseUnit(text, file).entries.map(({ section, key, value, line, lastLine }) => {
    return `${section}.${key}=${value} @${line}-${lastLine}`;
  });
const problems = (text: string, file?: string): string[] =>
  parseUnit(text, file).problems.map(({ line, text: what }) => `${line}: ${what}`);

describe('parseUnit', () => {
  it('strips white space around keys and values, and nothing else', () => {
    expect(settings('[Service]\n \tExecStart \t=\t "/bin/x"  y \n  Empty=\n')).toEqual([
      'Service.ExecStart="/bin/x"  y @2-2',
      'Service.Empty= @3-3',
    ]);
    expect(settings('[Unit]\nDescription=\u00a0a\u2003\n')).toEqual(['Unit.Description=\u00a0a\u2003 @2-2']);
  });

  it('joins lines that end in a backslash, over comments, and counts them all', () => {
    const text = '# head\n[Service]\nExecStart=/bin/x \\\n  # not this\n; nor that\\\n  --flag\\\n  end\nUser=val\n';
    expect(settings(text)).toEqual(['Service.ExecStart=/bin/x    --flag   end @3-7', 'Service.User=val @8-8']);
  });

  it.each([
    ['an empty line ends it', 'A=a \\\n\nB=b', ['Unit.A=a @2-3', 'Unit.B=b @4-4']],
    ['two backslashes do not begin it', 'A=a\\\\\nB=b', ['Unit.A=a\\\\ @2-2', 'Unit.B=b @3-3']],
    ['white space behind the backslash does not either', 'A=a\\ \nB=b', ['Unit.A=a\\ @2-2', 'Unit.B=b @3-3']],
    ['the end of the file ends it', 'A=a \\\n b \\', ['Unit.A=a   b @2-3']],
    ['a comment at the end of the file is no part of it', 'A=a \\\n# c\n', ['Unit.A=a @2-2']],
    ['it takes a setting into a value', 'A=a \\\nB=b', ['Unit.A=a  B=b @2-3']],
  ])('continues a line as systemd does: %s', (_, text, expected) => {
    expect(settings(`[Unit]\n${text}`)).toEqual(expected);
  });

  it.each([
    ['Windows line ends', '[Unit]\r\nA=a \\\r\n b\r\nB=b\r\n', ['Unit.A=a   b @2-3', 'Unit.B=b @4-4']],
    ['line ends of a lone CR', '[Unit]\rA=a\rB=b', ['Unit.A=a @2-2', 'Unit.B=b @3-3']],
    ['NUL as a line end', '[Unit]\nA=a\0B=b\n\0C=c', ['Unit.A=a @2-2', 'Unit.B=b @3-3', 'Unit.C=c @4-4']],
    ['a byte order mark', '\ufeff[Unit]\nA=a\n', ['Unit.A=a @2-2']],
    ['a byte order mark before a comment', '\ufeff# c\n[Unit]\nA=\ufeff\n', ['Unit.A=\ufeff @3-3']],
    ['no line end at the end', '[Unit]\nA=a', ['Unit.A=a @2-2']],
    ['nothing', '', []],
  ])('reads a file with %s', (_, text, expected) => {
    expect(settings(text)).toEqual(expected);
  });

  it('names what systemd ignores, with its line', () => {
    const text = 'Early=1\n[Unit]\nA=1\n~\n=b\n[Srevice]\nUser=val\n~\n[Install]\nWantedBy=x\n~';
    expect(problems(text)).toEqual(['1: Early=1', '4: ~', '5: =b', '6: [Srevice]', '11: ~']);
    expect(settings(text)).toEqual(['Unit.A=1 @3-3', 'Install.WantedBy=x @10-10']);
  });

  it('names what makes systemd refuse the whole file', () => {
    const { problems: found } = parseUnit('[Unit\nA=\ufdd0\n["Unit"]\n', 'x.service');
    expect(found).toMatchObject(
      [1, 2, 3].map((line) => ({ line, file: 'x.service', what: expect.stringContaining('refuses') as unknown })),
    );
  });

  it('leaves sections for others alone', () => {
    expect(problems('[X-Ours]\na=1\n[Unit]\nX-Key=1\nNoSuchKey=1\n')).toEqual([]);
  });

  it('knows the sections of a file by its name', () => {
    const text = '[Service]\nUser=val\n[Timer]\nOnCalendar=daily\n';
    expect(problems(text)).toEqual([]);
    expect(problems(text, '/etc/systemd/system/x.service')).toEqual(['3: [Timer]']);
    expect(problems(text, '/etc/systemd/system/x.timer.d/10-a.conf')).toEqual(['1: [Service]']);
    expect(problems(text, '/etc/x.conf')).toEqual([]);
  });

  it('finds the lines of entries where linesOf has them', () => {
    const text = '[Unit]\r\nA=a\\\r\n b\n\rB=b\r';
    const lines = linesOf(text);
    const [first, second] = parseUnit(text).entries;
    expect(lines.slice((first?.line ?? 0) - 1, first?.lastLine)).toEqual(['A=a\\', ' b']);
    expect(lines[(second?.line ?? 0) - 1]).toBe('B=b');
  });
});

describe('a unit with drop-ins', () => {
  const unit = mergeUnits([
    parseUnit('[Unit]\nA=u\n[Service]\nUser=a\nEnvironment=A=1\nEnvironment=B=2\nKillMode=mixed\n~', 'x.service'),
    parseUnit('[Service]\nEnvironment=\nEnvironment=C=3\nKillMode=\n', 'a.conf'),
    parseUnit('[Service]\nUser=b\nEnvironment=D=4\n[x\n', 'b.conf'),
  ]);

  it('has the setting that comes last', () => {
    expect(lastEntry(unit, 'Service', 'User')).toMatchObject({ value: 'b', file: 'b.conf', line: 2 });
    expect(lastEntry(unit, 'Service', 'KillMode')).toMatchObject({ value: '', file: 'a.conf' });
    expect(lastEntry(unit, 'Unit', 'User')).toBeUndefined();
    expect(lastEntry(unit, 'Service', 'user')).toBeUndefined();
  });

  it('has what a list got since it was reset', () => {
    expect(entriesOf(unit, 'Service', 'Environment').map(({ value }) => value)).toEqual(['C=3', 'D=4']);
    expect(entriesOf(unit, 'Service', 'User').map(({ value }) => value)).toEqual(['a', 'b']);
    expect(entriesOf(unit, 'Service', 'KillMode')).toEqual([]);
  });

  it('keeps the problems of every file', () => {
    expect(unit.problems.map(({ file, line }) => `${file}:${line}`)).toEqual(['x.service:8', 'b.conf:4']);
  });
});
