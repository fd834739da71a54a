import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

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

// One file with everything in it: after the first spawn nothing is loaded from disk (invariant A12).
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  define: { CHAINVISOR_VERSION: JSON.stringify(version) },
  plugins: [lazyBuiltins],
  banner: { js: '#!/usr/bin/env node' },
  metafile: true,
  // Smaller to read and to keep in memory; names stay, for the stack of a bug report.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await chmod('dist/main.js', 0o755);

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
