import { chmod, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

// One file with everything in it: after the first spawn nothing is loaded from disk (invariant A12).
await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  define: { CHAINVISOR_VERSION: JSON.stringify(version) },
  banner: {
    // SIGUSR1 is the node's: without the flag Node would open a debugger before our handler stands.
    js: [
      '#!/usr/bin/env -S node --disable-sigusr1',
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url);',
    ].join('\n'),
  },
  legalComments: 'none',
  logLevel: 'warning',
});
await chmod('dist/main.js', 0o755);
