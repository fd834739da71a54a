import type { UnitText } from './render/text.js';

/** A service of ours, as `renderServiceUnit` writes it. */
export type ServiceUnit = SupervisorService | OneshotService;

/** What both kinds have. */
interface CommonService {
  /** One line; white space around it is dropped. */
  readonly description: UnitText;
  /** A URL: `https:`, `http:`, `file:`, `info:` or `man:`. */
  readonly documentation?: string;
  /** The user that owns the node's files; undefined in a template, where the drop-in of each instance says it. */
  readonly user: string | undefined;
  readonly group?: string;
  /** The program by its absolute path, then its arguments. */
  readonly exec: readonly UnitText[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that must be there when the service starts. They win over `environment`. */
  readonly environmentFiles?: readonly UnitText[];
  readonly workingDirectory?: UnitText;
  /**
   * Directories that may be written, which must be there when the service starts; all else is read-only. Each becomes a
   * mount of its own, and no hard link reaches from one to the other: give one directory above what must be linked. Empty
   * in a template, where the drop-in of each instance names them. Undefined where this directory would be `/`: only what
   * belongs to the system is read-only then, and no path of the node may lie in /tmp or /var/tmp, which are private.
   */
  readonly writable: readonly UnitText[] | undefined;
  /** Exit codes that are no failure. */
  readonly success: readonly number[];
}

/** A service that runs for as long as the machine does. */
export interface SupervisorService extends CommonService {
  readonly kind: 'supervisor';
  /** Whether it tells systemd when the node runs, by systemd-notify. */
  readonly notify: boolean;
  /** How long the node has to end, in ms. */
  readonly graceMs: number;
  readonly restart: 'always' | 'on-failure';
  /** Exit codes after which a new start would be in vain. */
  readonly preventRestart: readonly number[];
}

/** A service that a timer starts, and that ends by itself. */
export interface OneshotService extends CommonService {
  readonly kind: 'oneshot';
}

/** What an instance of a template has of its own. What is left out stays as the template has it. */
export interface ServiceDropIn extends Pick<CommonService, 'group' | 'writable'> {
  readonly user: string;
  readonly graceMs?: number;
  readonly restart?: SupervisorService['restart'];
}
