/** What an operator may want to know about how the file is watched. */
export interface WatchNote {
  readonly kind:
    /** The directory does not exist, or no longer: it is waited for by polling. */
    | 'directory-missing'
    | 'directory-appeared'
    /** Another directory stands at the same path, or a link there points to another one. */
    | 'directory-replaced'
    /** The operating system refuses to report events (`error` says why): watching by polling alone. */
    | 'events-unavailable'
    /** Events may not come here, or one did not: polling at the full rate beside them. */
    | 'events-unreliable'
    | 'events-restored';
  readonly directory: string;
  /** The same in words, for a log line. */
  readonly message: string;
  readonly error?: Error;
}
