import { createLayout } from '@chainvisor/layout';
import { describe, expect, it } from 'vitest';
import { CliError } from '../src/errors.js';
import { choiceOf, stagedWords, wordFor, wordForTarget } from '../src/use/choice.js';
import { heightOf } from '../src/use/height.js';
import { makeWorld, putBinary } from './helpers/context.js';

const layout = createLayout({ home: '/h', daemon: 'palomad', recase: true });

function refusalOf(work: () => unknown): CliError {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('this was accepted');
}

describe('a word', () => {
  it.each([
    ['genesis', 'genesis', undefined],
    ['v3', 'upgrades/v3', 'v3'],
    ['V3', 'upgrades/v3', 'V3'],
    ['Release 2/b', 'upgrades/release%202%2Fb', 'Release 2/b'],
    ['upgrades/v3', 'upgrades/v3', 'v3'],
    ['upgrades/v3/', 'upgrades/v3', 'v3'],
    ['upgrades/V3', 'upgrades/V3', 'V3'],
    ['upgrades/release%202%2Fb', 'upgrades/release%202%2Fb', 'release 2/b'],
    ['upgrades/100%', 'upgrades/100%', '100%'],
    ['upgrades/genesis', 'upgrades/genesis', 'genesis'],
    ['..v3', 'upgrades/..v3', '..v3'],
  ])('%j names %s', (word, target, plan) => {
    expect(choiceOf(layout, word)).toEqual({ target, dir: `/h/cosmovisor/${target}`, plan });
  });

  it.each([
    '',
    '.',
    '..',
    'upgrades/',
    'upgrades/.',
    'upgrades/..',
    'upgrades/../genesis',
    'upgrades/a/b',
    'x'.repeat(256),
  ])('%j names nothing and is refused', (word) => {
    const { code, message, reason, hint } = refusalOf(() => choiceOf(layout, word));
    expect(code).toBe('usage');
    expect(message).toContain(JSON.stringify(word));
    expect(reason).toBeDefined();
    expect(hint).toContain('upgrades/<directory>');
  });

  it('keeps its case where the operator has it so', () => {
    const asIs = createLayout({ home: '/h', daemon: 'palomad', recase: false });
    expect(choiceOf(asIs, 'V3').target).toBe('upgrades/V3');
    expect(wordFor(asIs, 'V3')).toBe('V3');
  });
});

describe('the word for a directory', () => {
  it.each([
    ['v3', 'v3'],
    ['V3', 'upgrades/V3'],
    ['genesis', 'upgrades/genesis'],
    ['-x', 'upgrades/-x'],
    ['a%2Fb', 'upgrades/a%2Fb'],
    ['v$(id)', "'upgrades/v$(id)'"],
    ['v&x', "'v&x'"],
    ["it's", String.raw`'upgrades/it'\''s'`],
  ])('%s is %s, and names it again', (directory, word) => {
    expect(wordFor(layout, directory)).toBe(word);
    expect(wordForTarget(layout, `upgrades/${directory}`)).toBe(word);
    const typed = word
      .replaceAll(String.raw`'\''`, '\0')
      .replaceAll("'", '')
      .replaceAll('\0', "'");
    expect(choiceOf(layout, typed).target).toBe(`upgrades/${directory}`);
  });

  it('of genesis is genesis', () => {
    expect(wordForTarget(layout, 'genesis')).toBe('genesis');
  });

  it('is listed for all that is staged, in the order of their numbers', async () => {
    const world = await makeWorld();
    for (const name of ['v10', 'v9', 'V3']) await putBinary(`${world.layout.upgrades}/${name}/bin/palomad`);
    expect(await stagedWords(world.layout)).toEqual(['upgrades/V3', 'v9', 'v10']);
  });
});

describe('--height', () => {
  it('is a whole number above 0', () => {
    expect(heightOf(undefined)).toBeUndefined();
    expect(heightOf('10')).toBe(10);
    for (const text of ['', '0', '-1', '1.5', '1e3', '0x10', ' 5', '9007199254740993', 'ten']) {
      expect(
        refusalOf(() => heightOf(text)),
        text,
      ).toMatchObject({ code: 'usage' });
    }
  });
});
