import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binaryFor, parseInfo } from '../src/index.ts';
import type { BinariesInfo, PlanInfo } from '../src/index.ts';

function binariesOf(info: string): BinariesInfo {
  const parsed = parseInfo(info);
  if (parsed.kind !== 'binaries') throw new Error(`it is ${JSON.stringify(parsed)}`);
  return parsed;
}

const GAIA = {
  'darwin/amd64': 'https://example.com/gaiad-v8.0.0-darwin-amd64?checksum=sha256:aa',
  'linux/amd64': 'https://example.com/gaiad-v8.0.0-linux-amd64?checksum=sha256:bb',
  'linux/arm64': 'https://example.com/gaiad-v8.0.0-linux-arm64?checksum=sha256:cc',
};

describe('what the info of a plan is', () => {
  it.each(['', ' ', '\n\t \r\n', '\u00a0'])('empty: %j', (info) => {
    expect(parseInfo(info)).toEqual({ kind: 'empty' });
  });

  it.each([
    'Upgrade to v2, see the release notes',
    'see https://example.com/v2.json',
    'https://example.com/v2.json and the notes',
    'https://example.com/v2.json\nhttps://example.com/v3.json',
    'note:text',
    '/usr/local/bin/gaiad',
    './gaiad',
    'file:///usr/local/bin/gaiad',
    'ftp://example.com/gaiad',
    'git::https://example.com/gaia.git',
    's3::https://s3.amazonaws.com/bucket/gaiad',
    'github.com/cosmos/gaia',
    'javascript:alert(1)',
    'https://',
    'https:/example.com',
    'https://[half',
    'http',
    '[v2] the second upgrade',
    'binaries: none',
    'null',
    '42',
    'v2.0.0',
  ])('prose: %j', (info) => {
    expect(parseInfo(`  ${info}\n`)).toEqual({ kind: 'prose', text: info });
  });

  it.each([
    'https://example.com/v2.json',
    'http://example.com/v2.json',
    'HTTPS://EXAMPLE.COM/v2.json',
    'https://example.com/v2.json?checksum=sha256:aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f',
    'https://user:secret@example.com:8443/a%20b?c=d#e',
  ])('a reference, kept as it is written: %j', (info) => {
    expect(parseInfo(`\n ${info} `)).toEqual({ kind: 'reference', url: info });
  });

  it('binaries by platform', () => {
    const parsed = binariesOf(JSON.stringify({ binaries: GAIA }, null, 2));
    expect(Object.fromEntries(parsed.binaries)).toEqual(GAIA);
    expect(parsed.ignored).toEqual([]);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    ['a docker image', '{"binaries":{"linux/amd64":"u","docker":"ghcr.io/n:1"}}', { 'linux/amd64': 'u' }, ['docker']],
    ['one beside them', '{"docker":{"image":"n"},"binaries":{"any":"u"}}', { any: 'u' }, ['docker']],
    ['an unknown name with no text', '{"binaries":{"any":"u","docker":{"image":"n"}}}', { any: 'u' }, ['docker']],
    [
      'platforms that Go does not name so',
      '{"binaries":{"Linux/amd64":"u","linux-amd64":"u"}}',
      {},
      ['Linux/amd64', 'linux-amd64'],
    ],
    ['a variant', '{"binaries":{"linux/arm64/v8":"u"}}', {}, ['linux/arm64/v8']],
    [
      'no address',
      '{"binaries":{"any":"u","linux/amd64":null,"darwin/arm64":" "}}',
      { any: 'u' },
      ['linux/amd64', 'darwin/arm64'],
    ],
    ['none at all', '{"binaries":{}}', {}, []],
    ['another case of the name', '{"Binaries":{"any":"u"}}', { any: 'u' }, []],
    ['a platform named twice', '{"binaries":{"any":"u","any":"v"}}', { any: 'v' }, []],
    ['two lists', '{"binaries":{"any":"u"},"binaries":{"linux/amd64":"v"}}', { any: 'u', 'linux/amd64': 'v' }, []],
    ['an address taken back', '{"binaries":{"any":"u"},"binaries":{"any":null}}', {}, ['any']],
    ['spaces', ' {"binaries":{"any":" u\\n"}}\n', { any: 'u' }, []],
    ['names of JavaScript', '{"__proto__":{"x":1},"binaries":{"constructor":"u"}}', {}, ['__proto__', 'constructor']],
  ])('binaries with %s', (_, info, binaries, ignored) => {
    const parsed = binariesOf(info);
    expect(Object.fromEntries(parsed.binaries)).toEqual(binaries);
    expect(parsed.ignored).toEqual(ignored);
  });

  it.each<[string, RegExp]>([
    ['{"binaries":{"linux/amd64":"https://example.com/a",}}', /a comma stands before a closing bracket/],
    ['{"binaries":{"linux/amd64":"https://example.com/a"},\n}', /a comma stands before a closing bracket/],
    ["{'binaries':{'linux/amd64':'https://example.com/a'}}", /single quotes/],
    ['{“binaries”:{“linux/amd64”:“https://example.com/a”}}', /typographic quotes/],
    ['{"binaries":{"linux/amd64":"https://example.com/a"', /cut short/],
    ['{"binaries":{"linux/amd64":"https://exam', /cut short/],
    ['{"binaries":{"linux/amd64":"a\\"}}', /cut short/],
    ['{', /cut short/],
    ['{"binaries":{}} v2', /no JSON object: ./],
    ['{"binaries" {}}', /no JSON object: ./],
    ['{"binaries":{}}}', /no JSON object: ./],
    ['Upgrade: {"binaries":{"any":"https://example.com/a"}}', /text before it/],
    ['"binaries":{"any":"https://example.com/a"}', /braces around it are missing/],
    ['\'{"binaries":{"any":"https://example.com/a"}}\'', /in quotes/],
    ['"{\\"binaries\\":{\\"any\\":\\"https://example.com/a\\"}}"', /in quotes/],
    ['[{"binaries":{"any":"https://example.com/a"}}]', /a list/],
    ['{"binaries":{} /* none */}', /a comment/],
    ['{}', /no "binaries"/],
    ['{"docker":"ghcr.io/n:1"}', /no "binaries"/],
    ['{"binaries":null}', /no "binaries"/],
    ['{"binaries":["https://example.com/a"]}', /"binaries" is no object: \["https/],
    ['{"binaries":"https://example.com/a"}', /"binaries" is no object/],
    ['{"binaries":{"linux/amd64":5}}', /no text for linux\/amd64: 5/],
    ['{"binaries":{"linux/amd64":["https://example.com/a"]}}', /no text for linux\/amd64/],
    ['\ufeff{"binaries":{"any":"https://example.com/a"}}', /byte order mark/],
    ['{"binaries":{"any":"a\nb"}}', /no JSON object: ./],
  ])('broken, and why: %j', (info, reason) => {
    expect(parseInfo(info)).toEqual({ kind: 'broken', reason: expect.stringMatching(reason) as string });
  });

  it('never takes a list that was cut short, or has a comma too many, for a whole one', () => {
    const whole = JSON.stringify({ binaries: GAIA });
    for (let length = 1; length < whole.length; length++) {
      expect(parseInfo(whole.slice(0, length)).kind).toBe('broken');
    }
    for (let at = whole.indexOf('}'); at !== -1; at = whole.indexOf('}', at + 1)) {
      expect(parseInfo(`${whole.slice(0, at)},${whole.slice(at)}`)).toEqual({
        kind: 'broken',
        reason: 'it is no JSON object: a comma stands before a closing bracket',
      });
    }
  });

  it('says why in one short printable line', () => {
    const hostile = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(hostile, hostile, fc.constantFrom('{', '{"binaries":', '{"binaries":{"any":'), (a, b, start) => {
        const parsed = parseInfo(`${start}${a}\u001b[31m\n\u202e${b.repeat(50)}`);
        if (parsed.kind !== 'broken') return;
        expect(parsed.reason).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
        expect(parsed.reason.length).toBeLessThan(2_500);
      }),
    );
  });

  const BIG = 5_000_000;
  it.each([
    ['braces', '{'.repeat(BIG)],
    ['brackets', '['.repeat(BIG)],
    ['objects', '{"a":'.repeat(BIG / 5)],
    ['quotes', `{${'\\"'.repeat(BIG / 2)}`],
    ['an unfinished string', `{"${'\\"'.repeat(BIG / 2)}`],
    ['commas and spaces', `{${', '.repeat(BIG / 2)}`],
    ['names', `{${'"binaries" '.repeat(BIG / 11)}`],
  ])('is told of megabytes of %s as of little', (_, info) => {
    expect(parseInfo(info).kind).toBe('broken');
  });

  it('gives back whatever a list may hold', () => {
    const url = fc.webUrl({ withQueryParameters: true });
    const platform = fc.constantFrom('linux/amd64', 'linux/arm64', 'darwin/arm64', 'windows/386', 'any');
    fc.assert(
      fc.property(fc.dictionary(platform, url), fc.constantFrom(0, 2), (binaries, indent) => {
        const parsed = binariesOf(JSON.stringify({ binaries }, null, indent));
        expect(Object.fromEntries(parsed.binaries)).toEqual({ ...binaries });
        expect(parsed.ignored).toEqual([]);
      }),
    );
  });

  it('answers to every text, throws at none, and calls only a whole http address a reference', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '"',
      "'",
      ',',
      ':',
      '[',
      ']',
      'binaries',
      'https://a.b/',
      ' ',
      '\n',
      '\\',
      '\ufeff',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.array(part).map((parts) => parts.join('')),
    );
    const kinds: PlanInfo['kind'][] = ['empty', 'prose', 'broken', 'reference', 'binaries'];
    fc.assert(
      fc.property(text, (info) => {
        const parsed = parseInfo(info);
        expect(kinds).toContain(parsed.kind);
        if (parsed.kind !== 'reference') return;
        expect(['http:', 'https:']).toContain(new URL(parsed.url).protocol);
        expect(parsed.url).toBe(info.trim());
      }),
    );
  });
});

describe('the binary for a platform', () => {
  const listed = (binaries: Record<string, string>): BinariesInfo => ({
    kind: 'binaries',
    binaries: new Map(Object.entries(binaries)),
    ignored: [],
  });

  it('is the one listed under its name, else that of any platform, else none', () => {
    const both = listed({ any: 'a', 'linux/amd64': 'b' });
    expect(binaryFor(both, 'linux/amd64')).toEqual({ key: 'linux/amd64', url: 'b' });
    expect(binaryFor(both, 'linux/arm64')).toEqual({ key: 'any', url: 'a' });
    expect(binaryFor(listed({ 'darwin/arm64': 'c' }), 'linux/amd64')).toBeUndefined();
    expect(binaryFor(listed({}), 'linux/amd64')).toBeUndefined();
  });

  it('is never that of a name which is only like it', () => {
    const alike = listed({ 'linux/arm': 'a', 'linux/amd64v2': 'b', 'Linux/amd64': 'c' });
    expect(binaryFor(alike, 'linux/amd64')).toBeUndefined();
    expect(binaryFor(alike, 'linux/arm64')).toBeUndefined();
  });
});
