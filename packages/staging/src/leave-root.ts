import { statSync } from 'node:fs';
import type { Layout } from '@chainvisor/layout';

/**
 * As root, makes this process the user who owns the home, or, where that is root's too, `cosmovisor/` in it: for good, with
 * that user's group alone. What is made then is that user's, as the node's other files are, and readable as usual whatever
 * root's umask; and nothing that was downloaded runs as root. Does nothing for anybody else, and where all of it is root's.
 *
 * Throws what the system throws where neither can be looked at, or root may not do that.
 */
export function leaveRoot(layout: Layout): void {
  if (process.getuid?.() !== 0) return;
  const owner = [layout.home, layout.root].map((path) => statSync(path)).find(({ uid }) => uid !== 0);
  if (owner === undefined) return;
  process.umask(0o022);
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}
