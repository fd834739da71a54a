/**
 * The home a node uses: the value of its own `--home` argument (the last one, as the node reads them), else the given
 * home. A relative path is returned as it is written; the node takes it from its working directory.
 */
export function homeOf(args: readonly string[], home: string): string {
  return lastFlag(args, 'home') || home;
}

/** The value of `--name value` or `--name=value`, the last one before `--`. */
export function lastFlag(args: readonly string[], name: string): string | undefined {
  const flag = `--${name}`;
  let value: string | undefined;
  for (let index = 0; index < args.length && args[index] !== '--'; index += 1) {
    const argument = args[index] ?? '';
    if (argument.startsWith(`${flag}=`)) value = argument.slice(flag.length + 1);
    // The next argument is the value, whatever it looks like.
    else if (argument === flag) value = args[++index] ?? value;
  }
  return value;
}
