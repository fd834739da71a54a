import { matchesPlan, readVersion } from '@chainvisor/binary';
import { libIn } from '@chainvisor/layout';
import { readStagedRecord, sha256Of, type StagedRecord, stagedRecordIn } from '@chainvisor/staging';
import type { Context } from '../context.js';
import { lookAt } from './present.js';
import type { Target } from './target.js';

/** Whether an upgrade's binary is there and does what it must, and what speaks against it. */
export interface Readiness {
  readonly ready: boolean;
  /** undefined where there is none. */
  readonly binary: string | undefined;
  readonly version: string | undefined;
  readonly record: StagedRecord | undefined;
  /** Why it is not ready, each with what to do. */
  readonly findings: readonly { readonly message: string; readonly hint: string }[];
  /** What is worth a look and keeps nothing from being ready. */
  readonly warnings: readonly string[];
}

/** Looks at the binary of an upgrade and runs its `version`. Throws BinaryError and StagingError where that could not be tried. */
export async function readinessOf(context: Context, target: Target): Promise<Readiness> {
  const { layout, settings, signal } = context;
  const { requireVersion, versionTimeout } = settings.values;
  const record = await readStagedRecord(target.dir);
  const present = await lookAt(layout, target.dir);
  const nothing = { ready: false, version: undefined, record, warnings: [] };
  if (present.state === 'absent') {
    const hint = `run chainvisor-stager stage, or put it at ${target.dir}/bin/${layout.daemon}`;
    return { ...nothing, binary: undefined, findings: [{ message: `there is no binary in ${target.dir}`, hint }] };
  }
  if (present.state === 'unknown') return { ...nothing, binary: undefined, findings: [present.finding] };
  const { binary } = present;
  if (present.state === 'broken') return { ...nothing, binary, findings: present.findings };

  const said = await readVersion(binary, { libDir: libIn(target.dir), timeout: versionTimeout, signal });
  if (!said.ok && said.reason !== 'no-version') {
    const hint = 'run it by hand; fetch it again where it is damaged';
    return { ...nothing, binary, findings: [{ message: `\`${layout.daemon} version\` fails: ${said.detail}`, hint }] };
  }
  const version = said.ok ? said.version : undefined;
  const findings: { message: string; hint: string }[] = [];
  const warnings: string[] = [];
  const match = matchesPlan(version ?? '', target.name);
  if (match === 'other') {
    const message = `it says it is ${version ?? ''}, the plan is ${target.name}`;
    if (requireVersion)
      findings.push({
        message,
        hint: `check that it is the release of this plan; remove ${target.dir} to have it staged anew`,
      });
    else warnings.push(message);
  } else if (match === 'unknown') {
    warnings.push(
      version === undefined ? 'it names no version' : `its version ${version} cannot be compared with the plan's name`,
    );
  }
  if (present.misplaced)
    warnings.push(
      `it lies beside bin/: chainvisor moves it there when the upgrade is due, cosmovisor does not find it`,
    );
  if (record === undefined) warnings.push('nothing is on record of where it came from');
  else if ((await sha256Of(binary)) !== record.binarySha256) {
    findings.push({
      message: `it is another file than the one that was staged on ${record.at}`,
      hint: `if you put it there, remove ${stagedRecordIn(target.dir)}; otherwise remove ${target.dir} to have it staged anew`,
    });
  }
  return { ready: findings.length === 0, binary, version, record, findings, warnings };
}
