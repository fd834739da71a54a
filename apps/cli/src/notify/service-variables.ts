/** What systemd tells a service that it has started, as far as it matters here; sd_notify(3), sd_watchdog_enabled(3). */
export interface ServiceVariables {
  /** Where a service of `Type=notify` says how it is doing. */
  readonly socket: string | undefined;
  /** Set where the unit has `WatchdogSec=`: microseconds, as text. */
  readonly watchdog: string | undefined;
}

/**
 * Meant for this process alone. A node that had the socket could call the unit ready, or stopped, in our place; sockets that
 * systemd may have passed on end with us, as Node closes them in whatever it starts, so that LISTEN_FDS would promise what is
 * not there.
 */
const ours = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
] as const;

/** Takes these variables out of an environment: whatever is started with it afterwards is without them. */
export function takeServiceVariables(env: Record<string, string | undefined>): ServiceVariables {
  const taken = { socket: told(env['NOTIFY_SOCKET']), watchdog: told(env['WATCHDOG_USEC']) };
  for (const name of ours) Reflect.deleteProperty(env, name);
  return taken;
}

function told(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
