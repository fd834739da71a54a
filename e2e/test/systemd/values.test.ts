import { renderEnvironmentFile, renderServiceUnit } from '@chainvisor/systemd';
import * as fc from 'fast-check';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

import { bootMachine, machineRefused } from '../../src/machine/machine.ts';
import { titled } from '../../src/titled.ts';

const refused = machineRefused();

/** Writes its arguments and its environment to the file that is named first. */
const dump = `import { writeFileSync } from 'node:fs';
const [file, ...args] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ args, env: process.env }));
`;

/** What shells, units and their readers stumble over. */
const odd = [
  ' ',
  '"',
  "'",
  '%',
  '%i',
  '%%',
  '$',
  '$A',
  '${A}',
  '$$',
  '\\',
  '\\n',
  '\\x41',
  '\n',
  '\t',
  '#',
  ';',
  '=',
  '~',
  '*',
  '`',
  'ä',
  '漢',
  '😀',
  'a',
  '-',
  '\u0001',
];
const value = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...odd) }, fc.string({ maxLength: 3 })), { maxLength: 8 })
  .map((parts) => parts.join(''));
const values = fc.record({ args: fc.array(value, { maxLength: 4 }), inline: value, filed: value });

it.skipIf(refused !== undefined)(
  titled('a real systemd hands over every argument and variable unchanged', refused),
  async (t) => {
    const machine = await bootMachine(t);
    await mkdir(machine.outside('/opt/out'));
    await writeFile(machine.outside('/opt/dump.mjs'), dump);
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (const [index, { args, inline, filed }] of fc.sample(values, { numRuns: 60, seed }).entries()) {
      const out = `/opt/out/${index}`;
      await writeFile(machine.outside(`${out}.env`), renderEnvironmentFile({ FILED: filed }));
      const unit = renderServiceUnit({
        kind: 'oneshot',
        description: 'values',
        user: 'root',
        exec: ['/opt/node', '/opt/dump.mjs', out, ...args],
        environment: { INLINE: inline, PERCENT: '100%' },
        environmentFiles: [`${out}.env`],
        writable: ['/opt/out'],
        success: [],
      });
      await writeFile(machine.outside(`${out}.service`), unit);
      const name = `values-${index}.service`;
      const { code, stderr } = await machine.sh(
        `cp ${out}.service /etc/systemd/system/${name} && systemctl daemon-reload && systemctl start ${name}`,
      );
      expect({ code, stderr }, `seed ${seed}\n${unit}`).toEqual({ code: 0, stderr: '' });
      const got = JSON.parse(await readFile(machine.outside(out), 'utf8')) as { args: string[]; env: object };
      expect(got, `seed ${seed}\n${unit}`).toMatchObject({
        args,
        env: { INLINE: inline, FILED: filed, PERCENT: '100%' },
      });
    }
  },
);
