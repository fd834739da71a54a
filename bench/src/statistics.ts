/** A measurement of one contender in one round; undefined where the round gave none. */
export type Sample = number | undefined;

/** What is quoted of a series. */
export interface Summary {
  readonly count: number;
  readonly best: number;
  readonly median: number;
  /** By nearest rank: nine of ten samples are not greater. */
  readonly p90: number;
  readonly worst: number;
}

/** Undefined where no round gave a sample. */
export function summarise(samples: readonly Sample[]): Summary | undefined {
  const sorted = present(samples).toSorted((a, b) => a - b);
  const worst = sorted.at(-1);
  if (worst === undefined) return undefined;
  return {
    count: sorted.length,
    best: sorted[0] ?? worst,
    median: medianOf(sorted),
    p90: sorted[Math.ceil(sorted.length * 0.9) - 1] ?? worst,
    worst,
  };
}

/**
 * How many times the base a series is: the median of the ratios round by round, so that a machine whose speed drifts hits
 * both sides of each alike. Undefined where no round has both.
 */
export function ratioTo(base: readonly Sample[], samples: readonly Sample[]): number | undefined {
  const ratios = samples.map((sample, round) => {
    const other = base[round];
    return sample === undefined || other === undefined || other === 0 ? undefined : sample / other;
  });
  const sorted = present(ratios).toSorted((a, b) => a - b);
  return sorted.length === 0 ? undefined : medianOf(sorted);
}

function present(samples: readonly Sample[]): number[] {
  return samples.filter((sample) => sample !== undefined);
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}
