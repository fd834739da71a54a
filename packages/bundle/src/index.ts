import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

/** What an app says of its program. */
export interface Program {
  /** Where it is written, below the app. */
  readonly outfile: string;
  /** Besides those that every program needs. */
  readonly plugins?: readonly Plugin[];
}

/**
 * An `import` of a built-in module reads every one of its exports, the lazy ones too: that of `node:http` loads undici,
 * web streams and workers, 17 MB that most runs never use. Fetched by name, a module loads nothing but itself.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/**
 * Bundles `src/main.ts` of the app in the working directory into one executable file with everything in it, its version
 * in the place of `versionName`, and returns what went into it.
 */
export async function bundleApp(versionName: string, { outfile, plugins = [] }: Program): Promise<Metafile> {
  const { name, version, engines } = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
  const options = {
    entryPoints: ['src/main.ts'],
    outfile,
    plugins: [...plugins, lazyBuiltins],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    define: { [versionName]: JSON.stringify(version) },
    banner: { js: `#!/usr/bin/env node\n${nodeCheck(name, engines.node)}` },
    metafile: true,
    // Smaller to read and to keep in memory; names stay, for the stack of a bug report. Calls of what does nothing go.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  } as const satisfies BuildOptions;
  const { metafile } = await build(options);
  await chmod(outfile, 0o755);
  return metafile;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** An older Node would fail somewhere in the middle, with a page of our code. This is run before everything else. */
function nodeCheck(name: string, needed: string): string {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(needed) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`engines.node is ${needed}: expected >=major.minor`);
  const what = JSON.stringify(`Error: ${name} needs Node.js ${major}.${minor} or newer, this is `);
  const hint = JSON.stringify('\n  do: install a newer Node.js, or call it by its path: /path/to/node ');
  return `{const[a,b]=process.versions.node.split(".");if(a<${major}||a==${major}&&b<${minor}){process.stderr.write(${what}+process.version+${hint}+process.argv[1]+"\\n");process.exit(78)}}`;
}

/** Writes what the licences of the bundled libraries ask for beside the program. */
export async function writeNotices({ inputs }: Metafile): Promise<void> {
  const roots = new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const notices = await Promise.all(
    [...roots].sort().map(async (root) => {
      const { name, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Licensed;
      const file = (await readdir(root)).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} (${license})\n\n${file === undefined ? '' : await readFile(join(root, file), 'utf8')}`;
    }),
  );
  await writeFile('dist/THIRD-PARTY-NOTICES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));
}

interface Licensed {
  readonly name: string;
  readonly license: string;
}
