import { printable } from '@chainvisor/report';

/** What is yet to be told, in the words of sd_notify(3); of two that wait the later status counts. */
export interface Message {
  readonly ready?: true;
  readonly stopping?: true;
  readonly status?: string;
}

/** In UTF-16 units. systemd reads no more than 4096 bytes of a message; each unit takes three at most. */
const longestStatus = 1000;

/**
 * What may go out as one message, and what is to follow. Of two states in one message systemd takes the last alone: a unit
 * that was never ready has failed, though it ended with 0.
 */
export function parted(message: Message): readonly [now: Message, later: Message] {
  const { ready, ...rest } = message;
  return ready === true && rest.stopping === true ? [{ ready }, rest] : [message, {}];
}

/** A message as the arguments of systemd-notify; `extendBy` in milliseconds, undefined where no time is asked for. */
export function assignmentsOf({ ready, stopping, status }: Message, extendBy: number | undefined): readonly string[] {
  return [
    ...(ready === true ? ['READY=1'] : []),
    ...(stopping === true ? ['STOPPING=1'] : []),
    // A line break in a plan's name would begin an assignment of its own.
    ...(status === undefined ? [] : [`STATUS=${printable(status).slice(0, longestStatus)}`]),
    ...(extendBy === undefined ? [] : [`EXTEND_TIMEOUT_USEC=${extendBy * 1000}`]),
  ];
}
