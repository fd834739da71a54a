declare const STAGER_VERSION: string;

/** Our own version, put in by the build. */
export function version(): string {
  return STAGER_VERSION;
}
