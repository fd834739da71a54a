import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

/**
 * An `import` of a built-in module reads every one of its exports, the lazy ones too: that of `node:http` loads undici,
 * web streams and workers, 17 MB that a supervisor never uses. Fetched by name, a module loads nothing but itself.
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

/** Puts testkit's fault points, which break the program where a test says so, in the place of the inert ones. */
const faultPoints: Plugin = {
  name: 'fault-points',
  setup(builder) {
    const testkit = dirname(fileURLToPath(import.meta.resolve('@chainvisor/testkit')));
    builder.onResolve({ filter: /\/fault-point\.js$/ }, () => ({ path: join(testkit, 'faults/trip.ts') }));
  },
};

// One file with everything in it: after the first spawn nothing is loaded from disk (invariant A12).
const options = {
  entryPoints: ['src/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  define: { CHAINVISOR_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  metafile: true,
  // Smaller to read and to keep in memory; names stay, for the stack of a bug report. Calls of what does nothing go.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;
const { metafile } = await build({ ...options, outfile: 'dist/main.js', plugins: [lazyBuiltins] });
await chmod('dist/main.js', 0o755);

// The same for the tests that break it; never published.
await build({ ...options, outfile: 'dist/main.faults.js', plugins: [faultPoints, lazyBuiltins] });
await chmod('dist/main.faults.js', 0o755);

// What the licences of the bundled libraries ask for.
const roots = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
);
const notices = await Promise.all(
  [...roots].sort().map(async (root) => {
    const { name, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      name: string;
      license: string;
    };
    const file = (await readdir(root)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} (${license})\n\n${file === undefined ? '' : await readFile(join(root, file), 'utf8')}`;
  }),
);
await writeFile('dist/THIRD-PARTY-NOTICES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));
