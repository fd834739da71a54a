import { join } from 'node:path';
import type { FakeChain } from '../fake-types.ts';
import { readJson, replaceFile } from './files.ts';

/** What the application has committed. */
export interface AppState {
  height: number;
  applied: { name: string; height: number }[];
  skipped: string[];
  /** Stores that the data has, each named after the handler that brought it. */
  stores: string[];
}

/** The two stores of a node: blocks that were decided, and blocks that the application executed. They differ by one at a halt. */
export interface State {
  readonly app: AppState;
  storeHeight: number;
  /** Stores block `storeHeight + 1`. */
  saveBlock(height: number): void;
  /** Commits the application's state. */
  commit(height: number): void;
}

export function openState(data: string, chain: FakeChain): State {
  const appFile = join(data, 'application.db/state.json');
  const blockFile = join(data, 'blockstore.db/state.json');
  const before = (chain.startHeight ?? 1) - 1;
  const app = (readJson(appFile) as AppState | undefined) ?? {
    height: before,
    applied: [...(chain.applied ?? [])],
    skipped: [],
    stores: (chain.applied ?? []).map(({ name }) => name),
  };
  const blocks = (readJson(blockFile) as { height: number } | undefined) ?? { height: before };
  return {
    app,
    storeHeight: blocks.height,
    saveBlock(height) {
      this.storeHeight = height;
      replaceFile(blockFile, JSON.stringify({ height }));
    },
    commit(height) {
      app.height = height;
      replaceFile(appFile, JSON.stringify(app));
    },
  };
}
