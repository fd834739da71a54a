declare const CHAINVISOR_VERSION: string;

/** Our own version, put in by the build. */
export function version(): string {
  return CHAINVISOR_VERSION;
}
