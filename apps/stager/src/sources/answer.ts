import type { Digest } from '@chainvisor/fetcher';

/** Who may name a binary, in the order in which they are believed. */
export const sourceNames = ['plan info', 'table', 'release', 'template'] as const;
export type SourceName = (typeof sourceNames)[number];

/** A binary that a source names. */
export interface Offer {
  readonly kind: 'offer';
  readonly source: SourceName;
  /** As the source gave it, a `checksum` query included. */
  readonly url: string;
  /** Who named it, for people. */
  readonly named: string;
  /** What spoke for this file of several. */
  readonly why?: string;
  /** undefined where none is published. */
  readonly digest: Digest | undefined;
  /** Why none is known, where something is published that could hold one. */
  readonly unproven?: string;
  /** What is worth a look where this is taken. */
  readonly warnings?: readonly string[];
}

/** Why a source names none. */
export interface Declined {
  readonly kind: 'declined';
  readonly source: SourceName;
  readonly reason: string;
  /** Whether asking again later may help: a server or the network failed. */
  readonly transient: boolean;
  /** What the operator can do to have it answer. */
  readonly hint?: string;
}

export type Answer = Offer | Declined;

/** An answer that names nothing. */
export function declined(
  source: SourceName,
  reason: string,
  { hint, transient = false }: { hint?: string | undefined; transient?: boolean } = {},
): Declined {
  return { kind: 'declined', source, reason, transient, ...(hint === undefined ? {} : { hint }) };
}
