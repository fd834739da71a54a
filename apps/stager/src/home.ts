import { reasonOf } from '@chainvisor/report';
import { createLayout, type Layout } from '@chainvisor/layout';
import { leaveRoot } from '@chainvisor/staging';
import { type Stats, statSync } from 'node:fs';
import { StagerError } from './errors.js';
import { describeOrigin, type Settings } from './settings/load.js';

/**
 * The layout of the home that the settings name, whose `cosmovisor` is there. As root, this process becomes the user whose
 * home that is, for good: what it makes is then that user's, as the node's other files are, and nothing that was downloaded
 * ever runs as root.
 *
 * Throws StagerError `config`, and LayoutError for a home or a daemon that cannot be one.
 */
export function openHome(settings: Settings): Layout {
  const { values } = settings;
  const layout = checkHome(settings);
  try {
    leaveRoot(layout);
  } catch (error) {
    throw new StagerError('config', `root cannot become the user who owns ${values.home}`, {
      reason: reasonOf(error),
      hint: 'run this as that user',
    });
  }
  return layout;
}

/** The layout of the home that the settings name. Throws as `openHome`, where there is no such home or no `cosmovisor` in it. */
export function checkHome({ values, sources }: Settings): Layout {
  const layout = createLayout({ home: values.home, daemon: values.daemon, recase: !values.disableRecase });
  const origin = describeOrigin(sources.home);
  directory(values.home, origin, 'name the home of the node');
  directory(
    layout.root,
    origin,
    'let the supervisor make it (`chainvisor init <binary>` or `cosmovisor init <binary>`), or name the home that holds it',
  );
  return layout;
}

function directory(path: string, origin: string, hint: string): void {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    const reason = `${reasonOf(error)}; the home is from ${origin}`;
    throw new StagerError('config', `there is no directory ${path}`, { reason, hint });
  }
  if (found.isDirectory()) return;
  throw new StagerError('config', `${path} is not a directory`, { reason: `the home is from ${origin}`, hint });
}
