/** A place to show an upgrade in: a home with a chain that halts twice, and the binaries as an operator has them. */
export interface World {
  /** What runs, for the reader. */
  readonly title: string;
  readonly home: string;
  readonly daemon: string;
  /** The supervisor's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What follows `run start`. */
  readonly args: readonly string[];
  /** Where the operator has put the binaries he downloaded by hand: one before the upgrades, and that of the first. */
  readonly downloaded: readonly [string, string];
  /** The binary of the second upgrade, as its maker has built it: what is published. */
  readonly published: string;
  readonly upgrades: readonly [UpgradeOnShow, UpgradeOnShow];
  /** The height that the application has committed; undefined while nobody answers. */
  readonly applicationHeight: () => Promise<number | undefined>;
  /** Kills what is left and deletes the home. */
  readonly remove: () => Promise<void>;
}

/** A plan of the chain. */
export interface UpgradeOnShow {
  readonly name: string;
  readonly height: number;
}
