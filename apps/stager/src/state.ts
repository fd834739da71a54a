import { type Layout, replaceFile } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What an earlier run has seen, to tell what has changed since. Losing it costs a line of output, no more. */
export interface State {
  readonly v: 1;
  /** The plan that the chain had last. */
  readonly plan?: SeenPlan;
  /** When the chain was how high: two of them tell how fast it is. */
  readonly sample?: Sample;
}

export interface SeenPlan {
  readonly name: string;
  readonly height: number;
  /** Of its info. */
  readonly infoSha256: string;
}

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly height: number;
}

/** What of a plan is remembered. */
export function seen({ name, height, info }: Plan): SeenPlan {
  return { name, height, infoSha256: createHash('sha256').update(info).digest('hex') };
}

function stateFile(layout: Layout): string {
  return join(layout.own, 'stager.json');
}

/** What was remembered; nothing where there is none that can be read. */
export async function readState(layout: Layout): Promise<State> {
  try {
    const state = JSON.parse(await readFile(stateFile(layout), 'utf8')) as Partial<State> | null;
    if (state?.v !== 1) return { v: 1 };
    const { plan, sample } = state;
    return {
      v: 1,
      ...(isSeenPlan(plan) ? { plan } : {}),
      ...(isSample(sample) ? { sample } : {}),
    };
  } catch {
    return { v: 1 };
  }
}

/** Remembers. Throws LayoutError `LAYOUT_WRITE_FAILED`. */
export async function writeState(layout: Layout, state: State): Promise<void> {
  await replaceFile(layout, stateFile(layout), Buffer.from(`${JSON.stringify(state)}\n`), 0o644);
}

function isSeenPlan(value: unknown): value is SeenPlan {
  const plan = value as Partial<SeenPlan> | null | undefined;
  return typeof plan?.name === 'string' && Number.isSafeInteger(plan.height) && typeof plan.infoSha256 === 'string';
}

function isSample(value: unknown): value is Sample {
  const sample = value as Partial<Sample> | null | undefined;
  return Number.isSafeInteger(sample?.at) && Number.isSafeInteger(sample?.height);
}

const shortest = 60_000;
/** What no chain's average block takes: then what was remembered is not what it was. */
const [fastest, slowest] = [10, 3_600_000];

/**
 * Milliseconds until a height by the pace since a sample; undefined where that is too recent, or shows no pace or an absurd
 * one, or the height is not ahead.
 */
export function timeUntil(height: number, now: Sample, before: Sample | undefined): number | undefined {
  if (before === undefined || height <= now.height) return undefined;
  const [time, blocks] = [now.at - before.at, now.height - before.height];
  const pace = time / blocks;
  return time < shortest || blocks < 1 || pace < fastest || pace > slowest ? undefined : pace * (height - now.height);
}
