import { describe, expect, it } from 'vitest';
import { chooseTag, type ReleaseNote } from '../src/sources/release-tag.js';

/** Releases by tag, a month apart, the first one newest; a sign behind the tag makes it a draft (!) or pre-release (~). */
function releases(...tags: readonly string[]): ReleaseNote[] {
  return tags.map((text, index) => {
    const [, tag = '', sign = '', title = ''] = /^([^!~ ]+)([!~]?)(?: (.*))?$/.exec(text) ?? [];
    const published = new Date(Date.UTC(2026, 11 - index, 1));
    return { tag, title, draft: sign === '!', prerelease: sign === '~', published };
  });
}

function tagOf(plan: string, tags: readonly string[], before?: Date): string | readonly string[] {
  const choice = chooseTag(releases(...tags), plan, before);
  if (choice.kind === 'one') return choice.tag;
  return choice.kind === 'ambiguous' ? choice.tags : [];
}

describe('the release of a plan', () => {
  it.each<[rule: string, plan: string, tags: readonly string[], right: string | readonly string[]]>([
    ['the tag that is the name', 'v2.4.15', ['v2.4.16', 'v2.4.15', 'v2.4.14'], 'v2.4.15'],
    ['the name itself before a higher one within it', 'v31', ['v31.0.1', 'v31.0.0', 'v31'], 'v31'],
    ['a name without its v', '2.4.15', ['v2.4.15', 'v2.4.14'], 'v2.4.15'],
    ['a tag without its v', 'v2.4.15', ['2.4.15', '2.4.14'], '2.4.15'],
    ['a name in capitals', 'V2.4.15', ['v2.4.15'], 'v2.4.15'],
    ['underscores for dots', 'v12_0_0', ['v12.0.1', 'v12.0.0'], 'v12.0.0'],
    ['a tag with a path', 'v5.0.5', ['protocol/v5.0.6', 'protocol/v5.0.5', 'indexer/v1.0.0'], 'protocol/v5.0.5'],
    ['the plain tag before one with a path', 'v0.50.9', ['tools/v0.50.9', 'v0.50.9'], 'v0.50.9'],
    ['two paths', 'v5.0.5', ['protocol/v5.0.5', 'indexer/v5.0.5'], ['indexer/v5.0.5', 'protocol/v5.0.5']],
    ['the name as prefix', 'v31', ['v32.0.0', 'v31.0.10', 'v31.0.9', 'v30.0.0'], 'v31.0.10'],
    ['the name as prefix, by numbers', 'v3', ['v31.0.0', 'v30.0.0', 'v3.1.0'], 'v3.1.0'],
    ['two numbers as prefix', 'v6.3', ['v6.30.0', 'v6.3.2', 'v6.3.1', 'v6.2.9'], 'v6.3.2'],
    ['an x for the last number', 'v8.6.x', ['v8.7.0', 'v8.6.3', 'v8.6.2'], 'v8.6.3'],
    ['a prefix under a path', 'v5', ['protocol/v6.0.0', 'protocol/v5.2.0', 'protocol/v5.1.0'], 'protocol/v5.2.0'],
    ['a version with a name', 'v8-Rho', ['v9.0.0', 'v8.0.1', 'v8.0.0'], 'v8.0.1'],
    ['a whole version that is not there', 'v2.4.15', ['v2.4.16', 'v2.4.14'], []],
    [
      'the time of a build behind the version',
      'v1.13.2',
      ['v1.13.2-1723753267', 'v1.13.1-1700000000'],
      'v1.13.2-1723753267',
    ],
    ['the latest of two builds', 'v1.13.2', ['v1.13.2-1723753267', 'v1.13.2-1723753999'], 'v1.13.2-1723753999'],
    ['a word behind the version, which could mean anything', 'v4.0.1', ['v4.0.1-rpc', 'v4.0.0'], []],
    ['a release candidate by its own name', 'v3.0.0-rc1', ['v3.0.0-rc2~', 'v3.0.0-rc1~'], 'v3.0.0-rc1'],
    ['no pre-release within a prefix', 'v31', ['v31.0.1~', 'v31.0.0-rc0', 'v31.0.0'], 'v31.0.0'],
    ['only pre-releases within a prefix', 'v31', ['v31.0.0-rc1~', 'v31.0.0-rc0'], []],
    ['a prefix of a release candidate', 'v31-rc1', ['v31.0.0'], []],
    ['no draft', 'v31', ['v31!', 'v31.0.1!', 'v31.0.0'], 'v31.0.0'],
    ['a word in one title', 'xenon', ['v4.0.0 Krypton', 'v3.0.0 Xenon'], 'v3.0.0'],
    ['a word in the titles of one line', 'xenon', ['v3.0.1 v3.0.1 Xenon', 'v3.0.0 Xenon'], 'v3.0.1'],
    ['a word in the titles of two lines', 'fusion', ['v5.0.0 Fusion', 'v4.0.0 fusion (old)'], ['v4.0.0', 'v5.0.0']],
    ['part of a word', 'xen', ['v3.0.0 Xenon'], []],
    ['a word in a tag without numbers', 'fusion', ['fusion', 'v4.0.0'], 'fusion'],
    ['words that begin with a number', '2-to-3', ['v3.0.0', 'v2.0.0'], []],
    ['two tags of one version', 'v31', ['v31.0.0', '31.0.0'], ['31.0.0', 'v31.0.0']],
    ['no releases', 'v1', [], []],
    ['a name that is no version', '../evil', ['v1.0.0'], []],
    ['a name of nothing but signs', '--', ['v1.0.0', 'v2.0.0 --'], []],
  ])('%s: %s of %j is %j', (_, plan, tags, right) => expect(tagOf(plan, tags)).toEqual(right));

  it('counts only what was published before the cut-off', () => {
    const tags = ['v31.0.2', 'v31.0.1', 'v31.0.0'];
    expect(tagOf('v31', tags, new Date('2026-11-15'))).toBe('v31.0.1');
    expect(tagOf('v31', tags, new Date('2026-11-01T00:00:00Z'))).toBe('v31.0.0');
    expect(tagOf('v31', tags, new Date('2026-01-01'))).toEqual([]);
  });

  it('says that the very release is too late for the cut-off, and takes no other in its place', () => {
    expect(chooseTag(releases('v31', 'v31.0.0'), 'v31', new Date('2026-11-15'))).toEqual({
      kind: 'none',
      reason: 'release v31 was published 2026-12-01, not before the cut-off',
      near: ['v31'],
    });
  });

  it('names what resembles the name', () => {
    expect(chooseTag(releases('v4.0.1-rpc', 'v4.0.0'), 'v4.0.1')).toEqual({
      kind: 'none',
      reason: 'no release has the tag v4.0.1, or one that begins with it',
      near: ['v4.0.1-rpc'],
    });
  });

  it('says why it is this one', () => {
    expect(chooseTag(releases('v31.0.1', 'v31.0.0'), 'v31')).toMatchObject({ why: 'the highest release of v31' });
    expect(chooseTag(releases('v31'), 'v31')).toMatchObject({ why: "its tag is the plan's name" });
  });
});
