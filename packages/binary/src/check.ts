import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkVersions } from './check-versions.js';
import { reasonOf } from './errors.js';
import { checkExecutable } from './executable.js';
import type { Finding } from './finding.js';
import { type ElfFacts, inspectBinary } from './inspect.js';
import { type LibraryOptions, libraryDirectories } from './library-path.js';
import { load, type Missing } from './load.js';
import { createSearchPath } from './search.js';

/**
 * What speaks against starting this file here, without running it: nothing, or findings with the gravest first. Reads the
 * headers of the file and of its libraries, found as this machine's dynamic loader finds them. Never rejects for what is on disk.
 */
export async function checkBinary(path: string, options: LibraryOptions = {}): Promise<readonly Finding[]> {
  const runnable = await checkExecutable(path);
  try {
    if (!runnable.ok) return [await notRunnable(path, runnable)];
    const facts = await inspectBinary(path);
    if (facts.format !== 'elf') return [];
    if (facts.damage.length > 0) return [damaged(path, facts.damage.join('; '))];
    if (facts.static || facts.interpreter === undefined) return [];
    return await checkLibraries(path, facts, options);
  } catch (error) {
    const hint = 'check the path, and that this user may read it';
    return [{ code: 'not-runnable', message: `${path} cannot be examined: ${reasonOf(error)}`, hint }];
  }
}

async function checkLibraries(path: string, facts: ElfFacts, options: LibraryOptions): Promise<readonly Finding[]> {
  const loading = await load(path, facts, await createSearchPath(facts, libraryDirectories(options)));
  const findings = [
    ...(await Promise.all(loading.missing.map((missing) => missingLibrary(missing, path, options)))),
    // musl's loader knows no versions of symbols.
    ...(facts.libc === 'musl' ? [] : checkVersions(loading)),
  ];
  if (loading.cutShort) findings.push(damaged(path, 'it needs more libraries than can be followed'));
  return findings;
}

async function notRunnable(path: string, refusal: { reason: string; detail: string }): Promise<Finding> {
  if (refusal.reason === 'no-interpreter') {
    const facts = await inspectBinary(path);
    if (facts.format === 'elf' && (facts.libc === 'glibc' || facts.libc === 'musl')) {
      return {
        code: 'libc-mismatch',
        message: `${path} was built for ${facts.libc}, whose loader ${facts.interpreter ?? ''} does not exist here`,
        hint: `get the static build, or the one for this machine's C library`,
      };
    }
  }
  return {
    code: 'not-runnable',
    message: `${path} would not start here: ${refusal.detail}`,
    hint: 'replace it with the executable of the release for this machine',
  };
}

async function missingLibrary(
  { name, by, unusable }: Missing,
  path: string,
  options: LibraryOptions,
): Promise<Finding> {
  const who = by.parent === undefined ? path : `${by.path} (a library of ${path})`;
  const place = options.libDir ?? join(dirname(dirname(path)), 'lib');
  if (unusable !== undefined) {
    return {
      code: 'unusable-library',
      message: `${who} needs ${name}, and ${unusable.path} cannot be used: ${unusable.detail}`,
      hint: `put the ${name} that the release names, for this machine, into ${place}`,
    };
  }
  const beside = join(dirname(path), basename(name));
  const lies = await access(beside).then(
    () => true,
    () => false,
  );
  return {
    code: 'missing-library',
    message: `${who} needs ${name}, which is nowhere where the dynamic loader looks`,
    hint: lies
      ? `move ${beside} into ${place}: the loader does not look beside the program`
      : `put it into ${place}, in the version that the release names`,
  };
}

function damaged(path: string, detail: string): Finding {
  return {
    code: 'damaged',
    message: `${path} is damaged: ${detail}`,
    hint: 'fetch it again, and compare its checksum with the release',
  };
}
