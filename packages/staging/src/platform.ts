/** Go's names of the architectures that Node names otherwise. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  loong64: 'loong64',
};

/** This machine as plans name it, such as `linux/amd64`: Go's GOOS and GOARCH. */
export function hostPlatform(): string {
  return `${process.platform}/${architectures[process.arch] ?? process.arch}`;
}
