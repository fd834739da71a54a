/** A Go panic: exit 2 and a trace on stderr, unless consensus recovers it. */
export class Panic extends Error {}

/** An error that a Go function returned. */
export class GoError extends Error {}

/** The trace that the Go runtime prints for a panic nobody recovered. */
export function goTrace(message: string): string {
  return `panic: ${message}\n\ngoroutine 1 [running]:\nmain.main()\n\t/go/src/main.go:42 +0x1d\n`;
}

/** What SIGQUIT makes the Go runtime print. */
export const QUIT_DUMP =
  'SIGQUIT: quit\nPC=0x4791a1 m=0 sigcode=0\n\ngoroutine 0 gp=0x5d3f40 m=0 mp=0x5d4ae0 [idle]:\nruntime.futex()\n\t/go/src/runtime/sys_linux_amd64.s:558 +0x21\n';
