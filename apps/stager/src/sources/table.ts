import type { Context } from '../context.js';
import { sameDir, type Target } from '../node/target.js';
import { type Answer, declined } from './answer.js';
import { digestOf } from './digest.js';

/** What the operator has written down for this upgrade. Throws FetcherError and StagerError. */
export async function fromTable(context: Context, target: Target): Promise<Answer> {
  const { upgrades, file } = context.settings;
  const exact = upgrades.get(target.name);
  const name =
    exact === undefined
      ? [...upgrades.keys()].find((each) => sameDir(context.layout, { name: each }, target.dir))
      : target.name;
  const entry = name === undefined ? undefined : upgrades.get(name);
  if (name === undefined || entry === undefined) {
    return declined(
      'table',
      `there is no [upgrades.${JSON.stringify(target.name)}] ${file === undefined ? 'as there is no config.toml' : `in ${file}`}`,
    );
  }
  const named = `[upgrades.${JSON.stringify(name)}] in ${file ?? ''}`;
  return { kind: 'offer', source: 'table', url: entry.url, named, digest: await digestOf(context, entry) };
}
