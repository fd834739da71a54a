import { lastSegment } from './asset-name.js';

/** What a release says of itself. */
export interface ReleaseNote {
  readonly tag: string;
  /** Its title; often the place of a plan's name where that is a word. */
  readonly title: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** Undefined where it does not say. */
  readonly published: Date | undefined;
}

export type TagChoice =
  | { readonly kind: 'one'; readonly tag: string; readonly why: string }
  | { readonly kind: 'ambiguous'; readonly tags: readonly string[] }
  /** `near` are tags that resemble the plan's name, for the operator to choose from. */
  | { readonly kind: 'none'; readonly reason: string; readonly near: readonly string[] };

/** Numbers of a tag, and what stands behind them. */
interface Version {
  readonly release: ReleaseNote;
  readonly numbers: readonly number[];
  /** A pre-release or build, with its sign; empty for none. */
  readonly rest: string;
}

/**
 * The release that a plan's name stands for: that with this tag; else, where the name is the beginning of a version
 * (`v31`, `v8-Rho`), the highest release within it; else, where it is a word, the highest release with the word in its
 * title or tag. Drafts never count, pre-releases only where their tag is the name. Published at `before` or later: not
 * there yet. A build number behind a version (`v1.13.2-1723753267`) is no pre-release; the latest counts.
 */
export function chooseTag(releases: readonly ReleaseNote[], plan: string, before?: Date): TagChoice {
  const visible = releases.filter(({ draft }) => !draft);
  const early = visible.filter(({ published }) => before === undefined || (published ?? before) < before);
  const late = visible.filter((release) => !early.includes(release) && isSame(lastSegment(release.tag), plan));
  const exact = early.filter(({ tag }) => tag === plan);
  const same = exact.length > 0 ? exact : early.filter(({ tag }) => isSame(lastSegment(tag), plan));
  if (same.length > 0) return only(same, `its tag is the plan's name`);
  const [tooLate] = late;
  if (tooLate !== undefined) {
    return none(`release ${tooLate.tag} was published ${dateOf(tooLate)}, not before the cut-off`, [tooLate]);
  }
  const versions = early.flatMap((release) => versionOf(release) ?? []);
  const wanted = wantedNumbers(plan);
  return wanted === undefined ? byWord(versions, plan) : byNumbers(versions, wanted, plan);
}

function byNumbers(versions: readonly Version[], wanted: readonly number[], plan: string): TagChoice {
  const within = versions.filter(({ numbers }) => wanted.every((number, index) => numbers[index] === number));
  const stable = within.filter(isStable);
  if (stable.length === 0) {
    return none(
      `no release has the tag ${plan}, or one that begins with it`,
      within.map(({ release }) => release),
    );
  }
  return highest(stable, `the highest release of v${wanted.join('.')}`);
}

function byWord(versions: readonly Version[], plan: string): TagChoice {
  const words = wordsOf(plan);
  const named = versions.filter(({ release }) => {
    const said = ` ${wordsOf(`${release.tag} ${release.title}`).join(' ')} `;
    return said.includes(` ${words.join(' ')} `);
  });
  const stable = named.filter(isStable);
  if (stable.length === 0) {
    return none(
      `no release has the tag ${plan}, or ${plan} in its title`,
      named.map(({ release }) => release),
    );
  }
  // Two lines of versions with one word: which of them is meant, nothing tells.
  if (new Set(stable.map(({ numbers }) => numbers[0])).size > 1) {
    return { kind: 'ambiguous', tags: stable.map(({ release }) => release.tag).sort() };
  }
  return highest(stable, `the highest release with ${plan} in its title or tag`);
}

function highest(stable: readonly Version[], why: string): TagChoice {
  const [first] = [...stable].sort((a, b) => compare(b, a));
  const equals = stable.filter((version) => first !== undefined && compare(version, first) === 0);
  return only(
    equals.map(({ release }) => release),
    why,
  );
}

function only(releases: readonly ReleaseNote[], why: string): TagChoice {
  const [first, ...others] = [...new Set(releases.map(({ tag }) => tag))].sort();
  if (first === undefined) return none('no release', []);
  return others.length === 0 ? { kind: 'one', tag: first, why } : { kind: 'ambiguous', tags: [first, ...others] };
}

function none(reason: string, near: readonly ReleaseNote[]): TagChoice {
  return { kind: 'none', reason, near: near.map(({ tag }) => tag).slice(0, 5) };
}

/** Equal but for letter case, a leading `v`, and `_` where dots stand. */
function isSame(tag: string, plan: string): boolean {
  const plain = (name: string): string =>
    name
      .toLowerCase()
      .replace(/^v(?=\d)/, '')
      .replaceAll(/(?<=\d)_(?=\d)/g, '.');
  return plain(tag) === plain(plan);
}

/** The numbers with which a version has to begin: of `v31`, `v8.6.x` and `v8-Rho`, not of `v8-rc1` or `2-to-3`. */
function wantedNumbers(plan: string): readonly number[] | undefined {
  const match = /^v?(\d+(?:[._]\d+)*)(?:[._]x)?(?:[-_ ]([a-z]+))?$/i.exec(plan);
  if (match?.[1] === undefined || isPrerelease(match[2] ?? '')) return undefined;
  return match[1].split(/[._]/).map(Number);
}

function versionOf(release: ReleaseNote): Version | undefined {
  const match = /^v?(\d+(?:\.\d+)*)([-+].*)?$/i.exec(lastSegment(release.tag));
  if (match?.[1] === undefined) return undefined;
  return { release, numbers: match[1].split('.').map(Number), rest: match[2] ?? '' };
}

/** Nothing behind the numbers, or the time of a build. */
function isStable({ release, rest }: Version): boolean {
  return !release.prerelease && (rest === '' || /^[-+]\d{9,}$/.test(rest));
}

function isPrerelease(word: string): boolean {
  return /^(?:rc|alpha|beta|pre|dev|test|testnet|devnet)/i.test(word);
}

function compare(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.numbers.length, b.numbers.length); index += 1) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(a.rest.slice(1)) - Number(b.rest.slice(1));
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function dateOf({ published }: ReleaseNote): string {
  return published?.toISOString().slice(0, 10) ?? 'at no known time';
}
