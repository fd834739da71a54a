import type { StagedRecord } from '@chainvisor/staging';
import { describe, expect, it } from 'vitest';
import type { StagerError } from '../src/errors.js';
import { type Answer, declined, type Offer, type SourceName, sourceNames } from '../src/sources/answer.js';
import { rank } from '../src/sources/consult.js';
import { describeOther, findReplaced } from '../src/sources/replaced.js';

const target = { name: 'v2', dir: '/h/cosmovisor/upgrades/v2', plan: undefined, known: 'scheduled on chain' };
const [one, two] = ['ab'.repeat(32), 'cd'.repeat(32)];

function offer(source: SourceName, url: string, hex?: string, algorithm: 'sha256' | 'sha512' = 'sha256'): Offer {
  return {
    kind: 'offer',
    source,
    url,
    named: `by ${source}`,
    digest: hex === undefined ? undefined : { algorithm, hex },
  };
}

function thrownBy(work: () => unknown): StagerError {
  try {
    work();
  } catch (error) {
    return error as StagerError;
  }
  throw new Error('nothing was thrown');
}

function winners(answers: readonly Answer[], requireChecksum = true): readonly SourceName[] {
  return rank(answers, target, requireChecksum).map(({ source }) => source);
}

describe('of several sources', () => {
  const all = sourceNames.map((source) => offer(source, `https://h/${source}/palomad`, one));

  it('the first one wins, and the others follow in their order', () => {
    expect(winners(all)).toEqual(['plan info', 'table', 'release', 'template']);
    expect(winners(all.slice(2))).toEqual(['release', 'template']);
  });

  it('one without a checksum does not count', () => {
    expect(winners([offer('plan info', 'https://h/a'), offer('template', 'https://h/b', one)])).toEqual(['template']);
  });

  it('one without a checksum comes last where none is required', () => {
    const answers = [offer('plan info', 'https://h/a'), offer('template', 'https://h/b', one)];
    expect(winners(answers, false)).toEqual(['template', 'plan info']);
    expect(winners(answers.slice(0, 1), false)).toEqual(['plan info']);
  });

  it('none that answers is an error that has every reason and what to do', () => {
    const error = thrownBy(() =>
      rank(
        [
          declined('plan info', 'it is empty', { hint: 'do this' }),
          offer('table', 'https://user:secret@h/a?token=t'),
          declined('release', 'ambiguous', { hint: 'do that' }),
        ],
        target,
        true,
      ),
    );
    expect(error).toMatchObject({
      code: 'source',
      message: 'no source names the binary of "v2"',
      hint: 'do this\ndo that',
    });
    expect(error.reason).toBe(
      'plan info: it is empty\ntable: names https://***@h/a?token=*** without a checksum, and one is required (require_checksum)\nrelease: ambiguous',
    );
  });

  it('none that answers may pass where a server or the network failed', () => {
    const error = thrownBy(() => rank([declined('release', 'HTTP 503', { transient: true })], target, true));
    expect(error).toMatchObject({ code: 'network', exitCode: 74 });
    expect(error.hint).toContain('[upgrades."<name>"]');
  });
});

describe('two sources that disagree', () => {
  it.each([
    ['about one file name on two hosts', 'https://a/v2/palomad.zip', 'https://b/x/palomad.zip'],
    ['about one address', 'https://a/palomad.zip', 'https://a/palomad.zip?checksum=x'],
    ['about a name that is escaped in one', 'https://a/palomad%2Blinux.zip', 'https://b/palomad+linux.zip'],
  ])('%s stop everything, and both are told', (_, left, right) => {
    const error = thrownBy(() => rank([offer('table', left, one), offer('release', right, two)], target, true));
    expect(error).toMatchObject({ code: 'source', message: 'two sources disagree about the binary of "v2"' });
    expect(error.reason?.split('\n')).toEqual([
      `by table: ${left} is sha256:${one}`,
      expect.stringMatching(`^by release: .* is sha256:${two}$`),
    ]);
  });

  it.each<[string, Offer, Offer]>([
    ['the same hash', offer('table', 'https://a/p', one), offer('release', 'https://b/p', one)],
    ['files of different names', offer('table', 'https://a/p.zip', one), offer('release', 'https://a/p.tar.gz', two)],
    [
      'different algorithms',
      offer('table', 'https://a/p', one),
      offer('release', 'https://a/p', two.repeat(2), 'sha512'),
    ],
    ['nothing to compare', offer('table', 'https://a/p', one), offer('release', 'https://a/p')],
  ])('is not said of %s', (_, left, right) => {
    expect(winners([left, right])[0]).toBe('table');
  });
});

describe('what was staged', () => {
  const record: StagedRecord = {
    v: 1,
    at: '2026-11-01T00:00:00.000Z',
    source: 'https://a/v2/palomad.zip',
    named: 'by release',
    sha256: one,
    binarySha256: two,
  };

  it('was replaced where a source promises other bytes under the same name', () => {
    const replaced = findReplaced(record, [declined('plan info', ''), offer('release', 'https://b/palomad.zip', two)]);
    expect(replaced?.offer.source).toBe('release');
    expect(replaced?.reason).toBe(
      `sha256:${one} was staged on 2026-11-01T00:00:00.000Z from https://a/v2/palomad.zip\nby release now promises sha256:${two} for https://b/palomad.zip`,
    );
  });

  it('is not what the best source names now', () => {
    const now = offer('plan info', 'https://me:secret@b/v2.1/other.zip', two);
    const old = offer('release', 'https://a/v2/palomad.zip', one);
    expect(describeOther(record, [declined('plan info', ''), now, old])).toBe(
      `by plan info names another file now: https://***@b/v2.1/other.zip, sha256 ${two}`,
    );
    expect(findReplaced(record, [now, old])).toBeUndefined();
    const by512 = offer('plan info', 'https://b/other.zip', two.repeat(2), 'sha512');
    expect(describeOther(record, [by512])).toContain(`sha512 ${two}${two}`);
  });

  it.each<[string, readonly Answer[]]>([
    ['the same file', [offer('table', 'https://a/palomad.zip', one)]],
    ['the same bytes under another name', [offer('table', 'https://a/other.zip', one)]],
    ['another file without a checksum', [offer('plan info', 'https://a/other.zip')]],
    [
      'the same file, and another one after it',
      [offer('table', 'https://a/palomad.zip', one), offer('release', 'https://a/other.zip', two)],
    ],
    ['nothing', [declined('plan info', '')]],
  ])('is what the best source names: %s', (_, answers) => {
    expect(describeOther(record, answers)).toBeUndefined();
  });

  it('is compared by another algorithm where that was verified', () => {
    const by512 = { ...record, checksum: { algorithm: 'sha512', hex: one.repeat(2), from: 'url' } };
    const now = offer('release', 'https://a/palomad.zip', two.repeat(2), 'sha512');
    expect(findReplaced(by512, [now])?.offer).toBe(now);
    expect(findReplaced(record, [now])).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['the same bytes', offer('release', 'https://b/palomad.zip', one)],
    ['a file of another name', offer('release', 'https://a/palomad.tar.gz', two)],
    ['a name alone', offer('release', 'https://a/palomad.zip')],
    ['nothing', declined('release', 'HTTP 503', { transient: true })],
  ])('was not where a source promises %s', (_, answer) => {
    expect(findReplaced(record, [answer])).toBeUndefined();
  });
});
