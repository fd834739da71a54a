/** What speaks against a binary:
 *  - `not-runnable`: the kernel would not start it; the message has the detail of `checkExecutable`
 *  - `libc-mismatch`: built against a C library that this machine does not have
 *  - `missing-library`: a library that it, or one of its libraries, needs is nowhere where the loader looks
 *  - `unusable-library`: a file of that name is there, but broken, unreadable or for another platform
 *  - `glibc-too-old`: it asks for a newer glibc than this machine's
 *  - `library-too-old`: a library, such as libstdc++, lacks a version that it asks for
 *  - `damaged`: its tables point outside of the file, never end, or name more than can be followed */
export type FindingCode =
  | 'not-runnable'
  | 'libc-mismatch'
  | 'missing-library'
  | 'unusable-library'
  | 'glibc-too-old'
  | 'library-too-old'
  | 'damaged';

/** One line what, one line what to do. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  readonly hint: string;
}
