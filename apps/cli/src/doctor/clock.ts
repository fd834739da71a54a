import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Check, checker } from './check.js';
import type { Facts } from './facts.js';

const { ok, note, warning } = checker('clock');

const answerWithin = 5000;

/** How far the newest block of a node at the head may be from now, in milliseconds. */
const mostDrift = 10_000;

/** Whether this machine knows what time it is: a validator with a wrong clock misses blocks. */
export async function clock({ home }: Facts): Promise<readonly Check[]> {
  const status = home?.node.isOwn === true ? home.node.status : undefined;
  const checks = [await ofKeeping()];
  if (status?.reachable !== true || status.catchingUp || status.blockTime === undefined) return checks;
  // A chain with slow blocks has an old newest one.
  const slack = mostDrift + 3 * (status.blockInterval ?? 0);
  const drift = Date.now() - status.blockTime;
  if (Math.abs(drift) <= slack) return [...checks, ok('the time of the newest block is that of this machine')];
  const seconds = Math.round(Math.abs(drift) / 1000);
  return [
    ...checks,
    warning(`the newest block is ${seconds} s ${drift > 0 ? 'older' : 'newer'} than this machine's time`, {
      why: drift > 0 ? 'the chain has halted, the node is stuck, or the clock is ahead' : 'the clock is behind',
      do: 'see whether the chain makes blocks, and set the clock by NTP (chrony, systemd-timesyncd)',
    }),
  ];
}

async function ofKeeping(): Promise<Check> {
  const kept = await isKept();
  if (kept === undefined) return note('whether the clock is kept by NTP cannot be told here');
  if (kept) return ok('the clock is kept by NTP');
  return warning('the clock is not kept by NTP', {
    why: 'a clock that drifts makes a validator propose and vote at the wrong time',
    do: 'install chrony or enable systemd-timesyncd: timedatectl set-ntp true',
  });
}

/** By the kernel's own word where systemd runs, else by chrony's; undefined where nobody says. */
async function isKept(): Promise<boolean | undefined> {
  if (existsSync('/run/systemd/timesync/synchronized')) return true;
  if (existsSync('/run/systemd/system')) {
    const said = await answerOf('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
    if (said === 'yes' || said === 'no') return said === 'yes';
  }
  const tracking = await answerOf('chronyc', ['-c', 'tracking']);
  const status = tracking?.split(',').at(-1);
  return status === undefined || status === '' ? undefined : status !== 'Not synchronised';
}

async function answerOf(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { timeout: answerWithin });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
