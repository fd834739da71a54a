import * as fc from 'fast-check';

const ODD = [
  ...[
    ' ',
    '  ',
    '"',
    "'",
    '%',
    '%%',
    '%n',
    '$',
    '$$',
    '$A',
    '${A}',
    '\\',
    '\\n',
    '\\x41',
    '\n',
    '\r',
    '\t',
    '\u0001',
    '\u007f',
  ],
  ...[
    '#',
    ';',
    '=',
    '-',
    '~',
    '*',
    '[',
    ']',
    '`',
    'ä',
    '漢',
    '\ufeff',
    '\u2028',
    '\u0085',
    '😀',
    'a',
    'Z',
    '0',
    '/',
    '\\"',
  ],
];

function isNoncharacter(char: string): boolean {
  return /[\ufdd0-\ufdef]|[\ufffe\uffff]/.test(char) || /\p{Noncharacter_Code_Point}/u.test(char);
}

/** A text that systemd takes, with whatever may go wrong on its way into a unit. */
export const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD) }, fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''))
  .filter((value) => !value.includes('\0') && !isNoncharacter(value));

/** The same on one line. */
export const line = text.map((value) => value.replace(/[\n\r]/g, '-'));

/** An absolute path of any characters but line ends. */
export const path = fc
  .array(
    line.map((value) => value.replaceAll('/', '-')),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.map((part) => `/${part === '..' || part === '' ? 'x' : part}`).join(''))
  .filter((value) => value.split('/').every((part) => Buffer.byteLength(part) < 256));

/** The name of a variable. */
export const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/);
