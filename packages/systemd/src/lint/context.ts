/** A variable as some place gives it. */
export interface Given {
  readonly value: string;
  /** The file, with `:` and the line where that is known; for a line of the unit as `environmentOf` has it. */
  readonly source: string;
}

/** What is known beside the unit's text. Whatever is not given is not judged by. */
export interface LintContext {
  /** The name of the unit; one that does not end in `.service` is looked at for its syntax only. */
  readonly unitName?: string;
  /** What the service's process gets from the unit and its environment files, as `environmentOf` tells it. */
  readonly environment?: ReadonlyMap<string, Given>;
  /** What a profile file sets that systemd never reads; values as a shell would give them. */
  readonly profile?: ReadonlyMap<string, Given>;
  /** The flags of `start`, without their dashes, that each binary knows: `current`, and each staged upgrade by its name. */
  readonly flags?: ReadonlyMap<string, ReadonlySet<string>>;
  /** The user that the node should run as: the owner of its home. */
  readonly user?: string;
  /** That user's home directory. */
  readonly userHome?: string;
  /** A path with its links followed; as it is, where not given. */
  readonly realPath?: (path: string) => string;
  /** How chainvisor is started here, without `run`; `/usr/local/bin/chainvisor` where not given. */
  readonly execStart?: readonly string[];
  /** How long a node is given to stop, in ms; 60 s where not given. */
  readonly graceMs?: number;
  /** The exit codes that no restart mends. */
  readonly preventRestart?: readonly number[];
  /** The exit codes of a stop that was asked for. */
  readonly success?: readonly number[];
}
