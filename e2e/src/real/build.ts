import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheRoot, publishDirectory } from './cache.ts';
import { goEnvironment, goVersion, runGo } from './go.ts';

/** The Cosmos SDK lines that the testchain exists for. */
export type SdkLine = '0.50' | '0.53';

export const sdkLines: readonly SdkLine[] = ['0.50', '0.53'];

/** Paths of one chain's binaries: `v1` applies no upgrade, `v2` applies v2, `v3` applies v2 and v3. They print v1.0.0, v2.0.0 and v3.0.0 as their version. */
export interface TestchainBinaries {
  readonly v1: string;
  readonly v2: string;
  readonly v3: string;
}

export interface BuildOptions {
  /** Told what is being built, at the start and every few seconds. Not called when everything is cached. */
  readonly onProgress?: (message: string) => void;
  /** Stops the build; what was compiled so far stays in Go's own cache. */
  readonly signal?: AbortSignal;
}

const SOURCE = join(import.meta.dirname, '../../testchain');
const MODULE_NAME: Readonly<Record<SdkLine, string>> = { '0.50': 'sdk50', '0.53': 'sdk53' };
const VERSION_PACKAGE = 'github.com/cosmos/cosmos-sdk/version';
const VARIANTS = [
  { variant: 'v1', handlers: '', version: 'v1.0.0' },
  { variant: 'v2', handlers: 'v2', version: 'v2.0.0' },
  { variant: 'v3', handlers: 'v2,v3', version: 'v3.0.0' },
] as const;

/**
 * Builds the testchain's binaries of one SDK line, or finds them in the cache (`cacheRoot()`, keyed by sources, Go and flags). The first build of a line
 * takes about two minutes on two cores. Throws with Go's own words when Go is absent or the build fails.
 */
export async function buildTestchain(line: SdkLine, options: BuildOptions = {}): Promise<TestchainBinaries> {
  const go = await goVersion();
  if (go === undefined) throw new Error('go is not in PATH: the testchain cannot be built');
  const target = join(cacheRoot(), 'testchain', await cacheKey(line, go));
  await publishDirectory(target, async (directory, scratch) => {
    for (const each of VARIANTS) {
      await buildOne(line, each.variant, join(directory, fileName(each.variant)), scratch, options);
    }
  });
  return { v1: join(target, fileName('v1')), v2: join(target, fileName('v2')), v3: join(target, fileName('v3')) };
}

function fileName(variant: keyof TestchainBinaries): string {
  return `minid-${variant}`;
}

function buildArguments(line: SdkLine, wanted: keyof TestchainBinaries): string[] {
  const found = VARIANTS.find(({ variant }) => variant === wanted);
  if (found === undefined) throw new Error(`no variant ${wanted}`);
  const values = {
    'main.handlerNames': found.handlers,
    [`${VERSION_PACKAGE}.Name`]: 'testchain',
    [`${VERSION_PACKAGE}.AppName`]: 'minid',
    [`${VERSION_PACKAGE}.Version`]: found.version,
  };
  const ldflags = ['-s', '-w', ...Object.entries(values).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const flags = ['-v', '-mod=readonly', '-buildvcs=false', `-modfile=${MODULE_NAME[line]}.mod`];
  // Without the tag CometBFT knows goleveldb only; which of both a node uses is set in its home.
  return ['build', ...flags, '-tags', 'pebbledb', '-ldflags', ldflags];
}

async function buildOne(
  line: SdkLine,
  variant: keyof TestchainBinaries,
  output: string,
  scratch: string,
  options: BuildOptions,
): Promise<void> {
  const began = performance.now();
  let packages = 0;
  const tell = (what: string): void => {
    const seconds = Math.round((performance.now() - began) / 1000);
    options.onProgress?.(
      `testchain, SDK ${line}: minid ${variant} ${what} (${packages} packages compiled, ${seconds} s)`,
    );
  };
  tell('is being built');
  const timer = setInterval(tell, 5000, 'is being built');
  try {
    await runGo([...buildArguments(line, variant), '-o', output, '.'], {
      cwd: SOURCE,
      scratch,
      // With -v Go prints each package it compiles and each module it downloads.
      onLine: (text) => void (packages += text.includes(' ') ? 0 : 1),
      signal: options.signal,
    });
  } finally {
    clearInterval(timer);
  }
  tell('is built');
}

async function cacheKey(line: SdkLine, go: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([go, goEnvironment]));
  for (const { variant } of VARIANTS) hash.update(JSON.stringify(buildArguments(line, variant)));
  for (const name of ['app.go', 'main.go', 'go.mod', `${MODULE_NAME[line]}.mod`, `${MODULE_NAME[line]}.sum`]) {
    const content = await readFile(join(SOURCE, name));
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return `sdk${line}-${hash.digest('hex').slice(0, 24)}`;
}
