import type { Facts, OfflineHeights } from './facts.js';

/** Why we hold that a height has been reached. */
export type Proof =
  /** (a) a source of heights says so. */
  | { readonly by: 'height'; readonly source: 'status' | keyof OfflineHeights; readonly height: number }
  /** (b) the file changed under our child, which then ended by itself, last seen no further back than one block before. */
  | { readonly by: 'end-of-node'; readonly liveHeight: number | undefined }
  /** (c) the file changed under our child, which has not answered RPC since, and has stayed as it is for the settle time. */
  | { readonly by: 'settled' };

/** The proof that `height` has been reached, strongest first, or undefined. Design: the three proofs of the policy. */
export function proofOf(facts: Pick<Facts, 'child' | 'heights'>, height: number): Proof | undefined {
  return heightProofOf(facts, height) ?? byEnd(facts, height) ?? bySettling(facts, height);
}

/** The greatest height that any source tells, or undefined. A lower bound of where the data is. */
export function knownHeight(facts: Pick<Facts, 'child' | 'heights'>): number | undefined {
  const told = heightSources(facts).map(([, height]) => height);
  return told.length === 0 ? undefined : Math.max(...told);
}

function heightSources({ child, heights }: Pick<Facts, 'child' | 'heights'>) {
  const sources: ['status' | keyof OfflineHeights, number][] = [];
  if (child.state !== 'none' && child.liveHeight !== undefined) sources.push(['status', child.liveHeight]);
  for (const source of ['recorded', 'wal', 'validator'] as const) {
    const height = heights[source];
    if (height !== undefined) sources.push([source, height]);
  }
  return sources;
}

/** Proof (a) alone: that a source of heights tells it, whatever the file has to do with it. */
export function heightProofOf(facts: Pick<Facts, 'child' | 'heights'>, height: number): Proof | undefined {
  const found = heightSources(facts).find(([source, told]) => told >= height && mayCount(facts, source, height));
  return found && { by: 'height', source: found[0], height: found[1] };
}

/**
 * Whether a source counts for a height. A live node that answers with a lower one knows best. A validator signs for a
 * height before its block is decided, and with optimistic execution the file is there by then too: its own halt is waited
 * for. And what was recorded, or kept of a validator's state, may be of data that has since been restored to an earlier
 * height. Where such a node falls silent, only its consensus log, which it writes itself, counts again.
 */
function mayCount({ child }: Pick<Facts, 'child'>, source: string, height: number): boolean {
  if (child.state !== 'alive' || child.liveHeight === undefined || child.liveHeight >= height) return true;
  return source === 'wal' && child.settled;
}

function byEnd({ child }: Pick<Facts, 'child'>, height: number): Proof | undefined {
  if (child.state !== 'ended' || child.by !== 'itself' || !child.fileChanged) return undefined;
  // A node last seen further back may have crashed for a reason of its own over a file that was put there early.
  if (child.liveHeight !== undefined && child.liveHeight < height - 1) return undefined;
  return { by: 'end-of-node', liveHeight: child.liveHeight };
}

function bySettling({ child }: Pick<Facts, 'child'>, height: number): Proof | undefined {
  if (child.state !== 'alive' || !child.fileChanged || !child.settled) return undefined;
  return child.liveHeight === undefined || child.liveHeight >= height - 1 ? { by: 'settled' } : undefined;
}
