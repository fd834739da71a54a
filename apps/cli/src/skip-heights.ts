import { readSkipUpgrades } from '@chainvisor/chain';

const flag = '--unsafe-skip-upgrades';

/** The heights that the node skips: those of its flag, else, where it is started without, those of its app.toml. */
export async function skippedHeights(args: readonly string[], home: string): Promise<readonly number[]> {
  const flagged = args.some((argument) => argument === flag || argument.startsWith(`${flag}=`));
  return flagged ? skipHeightsOf(args) : readSkipUpgrades(home);
}

/**
 * The heights that the node is told to skip, as it reads them: `--unsafe-skip-upgrades 10`, `=10`, `10,20`, the flag
 * repeated, and cosmovisor's `10 20`. What is no height is left to the node to complain about.
 */
export function skipHeightsOf(args: readonly string[]): readonly number[] {
  const heights = new Set<number>();
  const add = (text: string) => {
    const words = text
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map((word) => word.trim());
    if (!words.every((word) => /^\d+$/.test(word))) return false;
    for (const word of words) heights.add(Number(word));
    return true;
  };
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument.startsWith(`${flag}=`)) add(argument.slice(flag.length + 1));
    if (argument !== flag) continue;
    while (index + 1 < args.length && add(args[index + 1] ?? '')) index++;
  }
  return [...heights].sort((a, b) => a - b);
}
