import { chmod, readFile } from 'node:fs/promises';
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
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  define: { CHAINVISOR_VERSION: JSON.stringify(version) },
  plugins: [lazyBuiltins],
  banner: {
    // SIGUSR1 is the node's: without the flag Node would open a debugger before our handler stands.
    js: [
      '#!/usr/bin/env -S node --disable-sigusr1',
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url);',
    ].join('\n'),
  },
  // Smaller to read and to keep in memory; names stay, for the stack of a bug report.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await chmod('dist/main.js', 0o755);
