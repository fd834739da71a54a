/** Starts as a 64-bit x86 ELF program does, and then holds the text: no loader would run it. */
export function fakeElf(text = ''): Buffer {
  const header = Buffer.alloc(64);
  // Class, byte order and version; then executable, x86-64 and version again.
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.set([2, 0, 0x3e, 0, 1], 16);
  return Buffer.concat([header, Buffer.from(text)]);
}
