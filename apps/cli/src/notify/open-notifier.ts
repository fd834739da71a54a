import type { Log } from '../log/log.js';
import { createNotifier, type Notifier, silentNotifier } from './notifier.js';
import type { ServiceVariables } from './service-variables.js';
import { sendBySystemdNotify } from './systemd-notify.js';

/** Milliseconds. By then systemd has looked at a message, or systemd-notify has itself stopped waiting for that. */
const sentWithin = 8000;

/** What the notifier of a run is made of. */
export interface NotifierParts {
  readonly service: ServiceVariables;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, 'warn'>;
  /** As in `NotifierOptions`. */
  readonly isFragile: () => boolean;
}

/**
 * Makes what tells systemd how the supervisor is doing, by the program systemd-notify; one that says nothing where systemd
 * does not ask, or where that program is missing, which is warned of, as is a watchdog. Never rejects.
 */
export async function openNotifier({ service, env, log, isFragile }: NotifierParts): Promise<Notifier> {
  const { socket, watchdog } = service;
  if (watchdog !== undefined && watchdog !== '0') {
    log.warn(
      'the unit has WatchdogSec=, which nothing here answers: systemd will end chainvisor, and the node with it',
      {
        do: 'take WatchdogSec= out of the unit, then: systemctl daemon-reload',
      },
    );
  }
  if (socket === undefined) return silentNotifier;
  const path = env['PATH'];
  const { notifyProgram } = await import('@chainvisor/systemd-host');
  const file = notifyProgram(path);
  if (file === undefined) {
    log.warn(
      'the unit has Type=notify, but there is no systemd-notify to answer it: systemd will take the start for failed',
      { do: 'write Type=exec into the unit instead, then: systemctl daemon-reload' },
    );
    return silentNotifier;
  }
  let hasWarned = false;
  return createNotifier({
    send: sendBySystemdNotify(file, socket, { path, timeout: sentWithin }),
    isFragile,
    onTrouble: (reason) => {
      if (hasWarned) return;
      hasWarned = true;
      log.warn('systemd could not be told how chainvisor is doing; the node is supervised as ever', {
        by: file,
        reason,
        do: 'where this stays so, write Type=exec into the unit instead of Type=notify',
      });
    },
  });
}
