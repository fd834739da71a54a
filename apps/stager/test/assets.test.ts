import { describe, expect, it } from 'vitest';
import { chooseAsset, type AssetChoice } from '../src/sources/assets.js';
import { moreReleases } from './helpers/more-releases.ts';
import { type ReleaseSample, rowsOfFacts } from './helpers/releases.ts';

function choose({ assets, daemon, repository, tag, platform = 'linux/amd64' }: ReleaseSample): AssetChoice {
  return chooseAsset(assets, { daemon, repository, tag, platform });
}

/** The answer in the form in which a sample says what is right. */
function answerOf(choice: AssetChoice): string | readonly string[] {
  if (choice.kind === 'one') return choice.name;
  return choice.kind === 'ambiguous' ? choice.candidates : [];
}

function count(samples: readonly ReleaseSample[]): string {
  const kinds = samples.map((sample) => {
    const choice = choose(sample);
    const same = JSON.stringify(answerOf(choice)) === JSON.stringify(sample.right);
    if (choice.kind === 'one') return same ? 'right' : 'wrong';
    return same ? `rightly ${choice.kind}` : `wrongly ${choice.kind}`;
  });
  const tally = new Map<string, number>();
  for (const kind of kinds.sort()) tally.set(kind, (tally.get(kind) ?? 0) + 1);
  return [...tally].map(([kind, times]) => `${times} ${kind}`).join(', ');
}

describe(`the rows of the facts on releases: ${count(rowsOfFacts)}`, () => {
  it.each(rowsOfFacts)('$chain', (sample) => expect(answerOf(choose(sample))).toEqual(sample.right));
});

describe(`${moreReleases.length} other releases: ${count(moreReleases)}`, () => {
  it.each(moreReleases)('$chain: $right', (sample) => expect(answerOf(choose(sample))).toEqual(sample.right));
});

describe('the choice of an asset', () => {
  const wish = { daemon: 'palomad', repository: 'palomachain/paloma', tag: 'v2.4.15', platform: 'linux/amd64' };

  it('tells why each other asset was passed over', () => {
    const names = [
      'paloma_Linux_x86_64.tar.gz',
      'paloma_Darwin_x86_64.tar.gz',
      'paloma_Linux_arm64.tar.gz',
      'paloma-standalone_Linux_x86_64.tar.gz',
      'paloma_2.4.15_amd64.deb',
      'paloma_Linux_x86_64.tar.gz.sbom',
      'paloma_Linux_x86_64.tar.gz.sig',
      'pigeon_Linux_x86_64.tar.gz',
      'paloma.tar.gz',
    ];
    expect(chooseAsset(names, wish)).toEqual({
      kind: 'one',
      name: 'paloma_Linux_x86_64.tar.gz',
      why: 'named paloma, for linux amd64',
      rejected: [
        { name: 'paloma_Darwin_x86_64.tar.gz', reason: 'for darwin' },
        { name: 'paloma_Linux_arm64.tar.gz', reason: 'for arm64' },
        { name: 'paloma-standalone_Linux_x86_64.tar.gz', reason: 'a standalone build' },
        { name: 'paloma_2.4.15_amd64.deb', reason: 'a package' },
        { name: 'paloma_Linux_x86_64.tar.gz.sbom', reason: 'a list of parts (SBOM)' },
        { name: 'paloma_Linux_x86_64.tar.gz.sig', reason: 'a signature' },
        { name: 'pigeon_Linux_x86_64.tar.gz', reason: 'named after another program than palomad' },
        { name: 'paloma.tar.gz', reason: 'its name tells no platform' },
      ],
    });
  });

  it('is the same whatever the order of the assets', () => {
    for (const sample of [...rowsOfFacts, ...moreReleases]) {
      const { assets } = sample;
      const turned = { ...sample, assets: [...assets].reverse() };
      expect(answerOf(choose(turned))).toEqual(answerOf(choose(sample)));
    }
  });

  it('takes the plain file before an archive of the same name, in any letter case', () => {
    const names = ['palomad-linux-amd64.zip', 'PALOMAD-linux-amd64.tar.gz', 'palomad-linux-amd64.tgz'];
    expect(chooseAsset(names, wish)).toMatchObject({ name: 'PALOMAD-linux-amd64.tar.gz' });
    expect(chooseAsset([...names, 'palomad-linux-amd64'], wish)).toMatchObject({ name: 'palomad-linux-amd64' });
  });
});
