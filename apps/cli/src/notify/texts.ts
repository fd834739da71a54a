import type { Plan } from '@chainvisor/plan';
import type { Notifier } from './notifier.js';

/** An upgrade as it is named in a status. */
export type NamedUpgrade = Pick<Plan, 'name' | 'height'>;

/** What is known of a node that runs. */
export interface NodeFacts {
  /** What `current` names. */
  readonly target: string;
  /** Switched to, and the node not seen past its height yet. */
  readonly unverified: NamedUpgrade | undefined;
  /** Named by upgrade-info.json, and not due yet. */
  readonly coming: NamedUpgrade | undefined;
}

/** "upgrade "v2" at height 5" */
function upgradeText({ name, height }: NamedUpgrade): string {
  return `upgrade ${JSON.stringify(name)} at height ${height}`;
}

/** What the node does, as the phase of a status: its height is a detail. */
export function nodePhase({ target, unverified, coming }: NodeFacts): string {
  if (unverified !== undefined) return `migrating: ${upgradeText(unverified)} is switched, not verified yet`;
  return coming === undefined ? `running ${target}` : `running ${target}, ${upgradeText(coming)} is coming`;
}

/** What is said to systemd when the operator's signal, or a bug of ours, ends the run. */
export function stopText(asked: NodeJS.Signals | 'a bug', unverified: NamedUpgrade | undefined): string {
  if (unverified === undefined) return `stopping by ${asked}`;
  return `stopping by ${asked}: ${upgradeText(unverified)} is not verified yet, so systemd is asked to wait for the node, for up to an hour`;
}

/** A notifier whose every status is about this upgrade. */
export function aboutUpgrade(notifier: Notifier, upgrade: NamedUpgrade): Notifier {
  const about = upgradeText(upgrade);
  return { ...notifier, status: (phase, detail) => notifier.status(`${about}: ${phase}`, detail) };
}
