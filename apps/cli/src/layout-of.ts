import { createLayout, type Layout } from '@chainvisor/layout';
import type { RunSettings } from './settings.js';

/** The layout that the settings name. Throws LayoutError for a home or a daemon that cannot be one. */
export function layoutOf({ daemonHome, daemonName, disableRecase }: RunSettings): Layout {
  return createLayout({ home: daemonHome, daemon: daemonName, recase: !disableRecase });
}
