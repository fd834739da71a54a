/** Lone surrogates become U+FFFD, which is what Go's decoders make of them. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * Decodes UTF-8 as Go does: each byte that is part of no valid sequence becomes one U+FFFD.
 * (A `TextDecoder` makes one U+FFFD of several such bytes.) A byte order mark is kept.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(repair(bytes));
  }
}

function repair(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length * 3);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sequenceSize(bytes, at);
    if (size === 0) {
      out.set([0xef, 0xbf, 0xbd], length);
      length += 3;
      at += 1;
      continue;
    }
    for (let i = 0; i < size; i++) out[length++] = bytes[at++] ?? 0;
  }
  return out.subarray(0, length);
}

/** Bytes in the valid sequence at `at`; 0 where there is none. */
function sequenceSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  const second = bytes[at + 1] ?? 0;
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (size === 0 || second < low || second > high) return 0;
  for (let i = 2; i < size; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}
