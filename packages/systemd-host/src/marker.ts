/** The first line of a file that is ours: only such a file is replaced without being asked. */
export function markerOf(program: string): string {
  return `# Written by ${program} systemd install`;
}

/** Whether a text is of a file that an app of ours has written. */
export function isOurs(text: string): boolean {
  return /^# Written by chainvisor(?:-stager)? systemd install\b/.test(text);
}
