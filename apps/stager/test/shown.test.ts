import { expect, it } from 'vitest';
import { shownAddress, shownQuoted } from '../src/settings/shown.js';

it.each([
  'https://api.github.com',
  'https://h.example/{name}/a_{os}-{arch}.zip',
  'file:https://h.example/{name}/SHA256SUMS',
  'tcp://127.0.0.1:26657',
  '127.0.0.1:26657',
])('%s is shown as it was written', (text) => {
  expect(shownAddress(text)).toBe(text);
});

it.each([
  ['https://me:secret@h.example/{name}/a.zip', 'https://***@h.example/{name}/a.zip'],
  ['file:https://me:secret@h.example/{name}', 'file:https://***@h.example/{name}'],
  ['https://h.example/{name}?token=secret', 'https://h.example/{name}?token=***'],
  ['tcp://me:secret@127.0.0.1:26657', 'tcp://***@127.0.0.1:26657'],
  ['me:secret@127.0.0.1:26657', '***@127.0.0.1:26657'],
])('of %s what may be secret is hidden', (text, shown) => {
  expect(shownAddress(text)).toBe(shown);
});

it('values in quotes are shown alike', () => {
  expect(shownQuoted('a = "https://me:secret@h/x" in "/home/a@b/c.toml"')).toBe(
    'a = "https://***@h/x" in "/home/a@b/c.toml"',
  );
});
