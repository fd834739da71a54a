import { mkdir, rename, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// One CommonJS file: it starts fastest, and a shebang script needs no loader for it.
const { outputFiles } = await build({
  entryPoints: [`${import.meta.dirname}/src/fake-node/main.ts`],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  minifySyntax: true,
});
const [bundle] = outputFiles;
if (bundle === undefined) throw new Error('esbuild wrote nothing');
// By rename: a fake node that starts at this moment reads the old file or the new one.
const target = `${import.meta.dirname}/dist/fake-node.cjs`;
await mkdir(`${import.meta.dirname}/dist`, { recursive: true });
await writeFile(`${target}.${process.pid}`, bundle.contents);
await rename(`${target}.${process.pid}`, target);
