import { describe, expect, it } from 'vitest';
import { decide } from '../src/index.js';
import { currentAbsent, nothingNew, older, skipped } from './rows-current.js';
import { abandoned, currentNotALink, operatorEnded, unfinished, unreadable } from './rows-start.js';
import { bringing, due, manual, notProven } from './rows-upgrade.js';
import { type Row, rules } from './rows.js';

const table = {
  'an ending that the operator asked for': operatorEnded,
  'current is not a link': currentNotALink,
  'a recorded upgrade is unfinished': unfinished,
  'a recorded upgrade cannot be finished': abandoned,
  'the file cannot be read': unreadable,
  'no file, or it names what current is for': nothingNew,
  'a plan is to be skipped': skipped,
  'the file is older than current': older,
  'current is missing or dangles': currentAbsent,
  'the file names another plan, with proof': due,
  'the file names another plan, without proof': notProven,
  'the upgrade is due and the binary is not there': bringing,
  'upgrades at heights that the operator has set': manual,
} satisfies Record<string, readonly Row[]>;

describe.each(Object.entries(table))('%s', (_, rows) => {
  const cases = rows.map(([title, given, rule, action, notes = []]) => ({ title, given, rule, action, notes }));
  it.each(cases)('$title', ({ given, rule, action, notes }) => {
    const decision = decide(given);
    expect({ rule: decision.rule, action: decision.action }).toEqual({ rule, action });
    expect(decision.notes.map((note) => `${note.level} ${note.about}`)).toEqual(notes);
  });
});

it('every rule has a row, so that none is dead', () => {
  const seen = new Set(Object.values(table).flatMap((rows) => rows.map(([, given]) => decide(given).rule)));
  expect([...seen].sort()).toEqual(Object.keys(rules).sort());
});

it('no two rows have the same title', () => {
  const titles = Object.values(table).flatMap((rows) => rows.map(([title]) => title));
  expect(titles).toHaveLength(new Set(titles).size);
});
