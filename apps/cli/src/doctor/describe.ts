import { printable } from '@chainvisor/report';
import { version } from '../version.js';
import { type Check, counted, isGood, type Level, type Topic, topics } from './check.js';
import type { Looked } from './ask.js';

const words: Readonly<Record<Level, string>> = { ok: 'ok', note: 'note', warning: 'WARN', error: 'ERROR' };
const width = Math.max(...Object.values(words).map(({ length }) => length));

/** Everything as lines, grouped by topic, the verdict last. */
export function describeLooked({ subject, checks }: Looked): string {
  const { unit, home, daemon } = subject;
  const head = [
    `unit: ${unit === null ? 'none' : `${unit.name} (${unit.file})`}`,
    home === null ? 'node: not known' : `node: ${daemon ?? 'not known'} in ${home}`,
  ];
  const groups = topics.flatMap((topic) => groupOf(topic, checks));
  return [...head, ...groups, '', verdictOf(checks)].map(printable).join('\n');
}

function groupOf(topic: Topic, all: readonly Check[]): string[] {
  const checks = all.filter((check) => check.topic === topic);
  return checks.length === 0 ? [] : ['', topic, ...checks.flatMap(linesOf)];
}

function linesOf({ level, what, why, where, do: mend }: Check): string[] {
  const indent = ' '.repeat(width + 4);
  const more = [
    ...(where === undefined ? [] : [`at: ${where}`]),
    ...(why === undefined ? [] : [`why: ${why}`]),
    ...(mend === undefined ? [] : [`do: ${mend}`]),
  ];
  return [`  ${words[level].padEnd(width)}  ${what}`, ...more.map((text) => indent + text)];
}

/** How many of each, and what that means. */
function verdictOf(checks: readonly Check[]): string {
  const count = (level: Level): number => checks.filter((check) => check.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const counts = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(count('note'), 'note')}, ${count('ok')} ok`;
  if (errors > 0) return `${counts}: blocks, an upgrade or the start are at stake`;
  return `${counts}: ${warnings > 0 ? 'nothing is in the way; the warnings are worth a look' : 'all is well'}`;
}

/** The same as one object on one line. */
export function lookedAsJson({ subject, checks }: Looked): string {
  const levels = ['error', 'warning', 'note', 'ok'] as const;
  const counts = Object.fromEntries(
    levels.map((level) => [level, checks.filter((check) => check.level === level).length]),
  );
  return printable(JSON.stringify({ ok: isGood(checks), chainvisor: version(), ...subject, counts, checks }));
}
