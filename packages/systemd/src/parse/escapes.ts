/** A C escape: its text in bytes, as `\xc3\xa9` is one character, and how long it is behind the backslash. */
export interface Escape {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const NAMED: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

const NUMBERED = /^(?:x(?<hex>[0-9A-Fa-f]{2})|(?<octal>[0-7]{3})|u(?<short>[0-9A-Fa-f]{4})|U(?<long>[0-9A-Fa-f]{8}))/;

const encoder = new TextEncoder();

/** The escape that stands at an index, behind its backslash; undefined for one that systemd does not know. */
export function escapeAt(text: string, index: number): Escape | undefined {
  const named = NAMED[text.charAt(index)];
  if (named !== undefined) return { bytes: encoder.encode(named), length: 1 };

  const match = NUMBERED.exec(text.slice(index, index + 9));
  if (match?.groups === undefined) return undefined;
  const { hex, octal, short, long } = match.groups;
  const [{ length }] = match;

  const byte = hex === undefined ? octal && parseInt(octal, 8) : parseInt(hex, 16);
  if (typeof byte === 'number') return byte > 0 && byte < 256 ? { bytes: Uint8Array.of(byte), length } : undefined;
  const point = parseInt(short ?? long ?? '', 16);
  return isText(point) ? { bytes: encoder.encode(String.fromCodePoint(point)), length } : undefined;
}

/** Whether systemd takes a code point for text: no NUL, no surrogate, and none of Unicode's noncharacters. */
function isText(point: number): boolean {
  if (point === 0 || point > 0x10ffff || (point & 0xfffe) === 0xfffe) return false;
  return !(point >= 0xd800 && point <= 0xdfff) && !(point >= 0xfdd0 && point <= 0xfdef);
}

/** The first code point that systemd does not take for text; undefined where it takes all of it. */
export function notText(text: string): number | undefined {
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    if (!isText(point)) return point;
  }
  return undefined;
}
