/** How this process was started. */
export interface Ourselves {
  /** The node that runs us. */
  readonly node: string;
  /** Our file, as it was named. */
  readonly script: string;
  /** What stands behind it. */
  readonly args: readonly string[];
}

/** How this process was started: by which node, as which file, with which arguments. */
export function ourselves(): Ourselves {
  const [, script = '', ...args] = process.argv;
  return { node: process.execPath, script, args };
}
