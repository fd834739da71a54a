import { parseTimeSpan } from '../../parse/time-span.js';
import type { Draft, Rule } from '../rule.js';
import { add, drop, setTo } from '../rule.js';
import { setting } from '../subject.js';

const ENOUGH_FILES = 65_535;
const FILES = '65536';
/** Below this, trouble is a matter of time. */
const FEW_FILES = 16_384;

/** How many files the node may have open. */
export const files: Rule = (subject) => {
  const entry = setting(subject, 'LimitNOFILE');
  // The second of two is the one that counts: Node.js and Go raise the first to it.
  const hard = entry?.value.split(':').at(-1)?.trim();
  if (hard === 'infinity' || (hard !== undefined && Number(hard) >= ENOUGH_FILES)) return [];
  const why =
    'a database and its peers keep thousands of files open: the node ends with "too many open files", mostly in a compaction or an upgrade';
  if (entry === undefined) {
    return [
      {
        code: 'LIMIT_NOFILE',
        level: 'note',
        at: undefined,
        what: "no LimitNOFILE=: as many open files as this machine's systemd lets a service have",
        why,
        mend: `LimitNOFILE=${FILES}`,
        changes: [add('Service', `LimitNOFILE=${FILES}`)],
      },
    ];
  }
  return [
    {
      code: 'LIMIT_NOFILE',
      level: Number(hard) >= FEW_FILES ? 'warning' : 'error',
      at: entry,
      what: `LimitNOFILE=${entry.value} is too low`,
      why,
      mend: `LimitNOFILE=${FILES}`,
      changes: [setTo(entry, FILES)],
    },
  ];
};

/** Limits that end a node which is well. */
export const endings: Rule = (subject) => {
  const drafts: Draft[] = [];
  const runtime = setting(subject, 'RuntimeMaxSec');
  const runtimeMs = parseTimeSpan(runtime?.value ?? '') ?? Infinity;
  if (runtime !== undefined && runtimeMs !== Infinity) {
    drafts.push({
      code: 'RUNTIME_MAX',
      level: 'error',
      at: runtime,
      what: `RuntimeMaxSec=${runtime.value}`,
      why: 'systemd ends the node when the time is over, in the midst of an upgrade, too',
      mend: 'delete the line',
      changes: [drop(runtime)],
    });
  }
  const memory = setting(subject, 'MemoryMax') ?? setting(subject, 'MemoryLimit');
  if (memory !== undefined && memory.value !== 'infinity') {
    drafts.push({
      code: 'MEMORY_MAX',
      level: 'warning',
      at: memory,
      what: `${memory.key}=${memory.value}`,
      why: 'a migration may take many times the memory of every day: the kernel kills the node in the midst of it',
      mend: 'take it out, or lift it before each upgrade; MemoryHigh= slows down and does not kill',
      changes: [],
    });
  }
  const policy = setting(subject, 'OOMPolicy');
  if (policy !== undefined && policy.value !== 'continue') {
    const kills = policy.value === 'kill';
    drafts.push({
      code: 'OOM_POLICY',
      level: kills ? 'warning' : 'note',
      at: policy,
      what: `OOMPolicy=${policy.value}`,
      why: kills
        ? 'where the kernel kills the node for want of memory, it kills chainvisor with it, which then cannot say what happened'
        : 'where the kernel kills one helper for want of memory, systemd stops the node, too',
      mend: 'OOMPolicy=continue',
      changes: [setTo(policy, 'continue')],
    });
  }
  return drafts;
};
