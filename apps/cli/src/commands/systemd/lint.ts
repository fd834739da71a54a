import { printable } from '@chainvisor/report';
import { type Finding, mendUnit } from '@chainvisor/systemd';
import { readService, type Service, serviceOf } from '@chainvisor/systemd-host';
import { CliError } from '../../errors.js';
import { exitCodes } from '../../exit-codes.js';
import { printWhole, warn } from '../../output.js';
import { counted } from '../../doctor/check.js';
import { lintService } from '../../systemd/lint-service.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd lint`. */
interface LintFlags {
  readonly mended: boolean;
  readonly output: string;
}

/** A unit and what is wrong with it. */
interface Linted {
  readonly service: Service;
  readonly findings: readonly Finding[];
}

/**
 * `systemd lint`: prints each mistake in units with line, level, reason and mend. With `--mended`, prints the text of the
 * unit's own file with all that can be mended mended, and warns of the rest. Resolves with 0, or with 78 where an error is
 * left. Throws CliError `usage`, HostError.
 */
export async function lintUnits(env: Env, units: readonly string[], flags: LintFlags): Promise<number> {
  const output = checkOutput(flags.output);
  if (flags.mended) return printMended(env, units);
  const all = await Promise.all(units.map(async (unit) => lint(readService(unit), env)));
  printWhole(output === 'json' ? printable(JSON.stringify(asData(all))) : all.map(asText).join('\n\n'));
  return all.some(({ findings }) => isBad(findings)) ? exitCodes.config : 0;
}

async function lint(service: Service, env: Env): Promise<Linted> {
  return { service, findings: await lintService(service, env) };
}

async function printMended(env: Env, [unit = '', ...more]: readonly string[]): Promise<number> {
  if (more.length > 0) throw new CliError('usage', '--mended is of one unit', { hint: 'name one unit or file' });
  const service = readService(unit);
  const [{ path, text }, ...dropIns] = service.files;
  const { findings } = await lint(service, env);
  const mended = mendUnit(text, findings, path);
  const left = await lint(serviceOf(service.name, [{ path, text: mended }, ...dropIns]), env);
  printWhole(mended.trimEnd());
  // The lines of the unit's own file are those of the text that is printed.
  const place = (finding: Finding): string =>
    finding.file === path ? placeOf({ ...finding, file: 'in the mended unit' }) : placeOf(finding);
  warn(left.findings.map((finding) => `${place(finding)}${finding.level}: ${finding.what}; ${finding.mend}`));
  return isBad(left.findings) ? exitCodes.config : 0;
}

function isBad(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}

function asText({ service, findings }: Linted): string {
  const [{ path }, ...dropIns] = service.files;
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const heading = dropIns.length === 0 ? path : `${path} with ${dropIns.map((file) => file.path).join(' and ')}`;
  const lines = findings.flatMap((finding) => [
    `${placeOf(finding)}${finding.level}: ${finding.what} [${finding.code}]`,
    `  why: ${finding.why}`,
    `  do: ${finding.mend}`,
  ]);
  const mended = findings.some(({ edits }) => edits.some(({ file }) => file === path))
    ? [`the mended unit: chainvisor systemd lint --mended ${path}`]
    : [];
  const counts = (['error', 'warning', 'note'] as const).map((level) => counted(count(level), level)).join(', ');
  return [`${heading}: ${findings.length === 0 ? 'nothing is wrong' : counts}`, ...lines, ...mended]
    .map(printable)
    .join('\n');
}

function placeOf({ file, line }: Finding): string {
  if (file === undefined) return '';
  return line === undefined ? `${file}: ` : `${file}:${line}: `;
}

function asData(all: readonly Linted[]) {
  return all.map(({ service, findings }) => ({
    unit: service.name,
    files: service.files.map(({ path }) => path),
    ok: !isBad(findings),
    findings: findings.map(({ code, level, file, line, what, why, mend }) => ({
      code,
      level,
      file: file ?? null,
      line: line ?? null,
      what,
      why,
      do: mend,
    })),
  }));
}
