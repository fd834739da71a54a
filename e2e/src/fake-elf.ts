/** The head of an ELF program for another machine than this one, as long as a whole header. */
export function elfOfAnotherMachine(): Buffer {
  const [x64, arm64] = [62, 183];
  const bytes = Buffer.alloc(4096);
  bytes.write('\x7fELF', 'latin1');
  // 64 bit, little-endian, version 1.
  bytes.set([2, 1, 1], 4);
  // An executable.
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(process.arch === 'arm64' ? x64 : arm64, 18);
  bytes.writeUInt32LE(1, 20);
  // One program header right behind this one.
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  return bytes;
}
