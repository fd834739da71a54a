import { commandOf, environmentOf, expandSpecifiers, lastEntry, parseUnit, SystemdError } from '@chainvisor/systemd';
import * as fc from 'fast-check';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

import { bootMachine, machineRefused } from '../../src/machine/machine.ts';
import { titled } from '../../src/titled.ts';

const refused = machineRefused();

/** Writes what it was started with to the file that is named first. */
const dump = `import { writeFileSync } from 'node:fs';
const { A, B, C } = process.env;
const [file, ...args] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ A, B, C, args }));
`;

const pieces = [
  'A=',
  'B=',
  'C=1',
  ' ',
  ' ',
  '"',
  "'",
  '\\',
  '%%',
  '%n',
  '\\x41',
  '\\n',
  '\\q',
  '\\x00',
  'x',
  'ä',
  '=',
  '\t',
  '~',
  '#',
  ';',
];
const lines = ['\\\n', '\n', '\n#', '\n;', '\r\n', '\n[Unit]\n', '\n[Service]\n', '\nEnvironment='];
const joined = (from: readonly string[]) =>
  fc.array(fc.constantFrom(...from), { maxLength: 14 }).map((parts) => parts.join(''));
const scrawls = fc.record({
  environment: joined([...pieces, ...lines, '$A']),
  // A comment that ends in a backslash goes on in the next line up to systemd 253, and no longer from 254 on.
  file: joined([...pieces, ...lines, '$A', '\nB=']).filter((text) => !/[#;].*\\[\r\n]/.test(text)),
  // Of several commands the first is read here, and systemd wants all of them to be right.
  args: joined([...pieces.filter((piece) => piece !== ';'), '\\\n']),
});

it.skipIf(refused !== undefined)(
  titled('what we read from any scrawl of a unit is what a real systemd reads', refused),
  async (t) => {
    const machine = await bootMachine(t);
    await mkdir(machine.outside('/opt/out'));
    await writeFile(machine.outside('/opt/dump.mjs'), dump);
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (const [index, { environment, file, args }] of fc.sample(scrawls, { numRuns: 60, seed }).entries()) {
      const out = `/opt/out/${index}`;
      const text = [
        '[Service]',
        'Type=oneshot',
        `EnvironmentFile=${out}.env`,
        `ExecStart=/opt/node /opt/dump.mjs ${out} ${args}`,
        'User=root',
        `Environment=${environment}`,
        '',
      ].join('\n');
      await writeFile(machine.outside(`${out}.env`), file);
      await writeFile(machine.outside(`${out}.service`), text);
      const name = `scrawl-${index}.service`;
      await machine.sh(
        `cp ${out}.service /etc/systemd/system/${name} && systemctl daemon-reload && systemctl start ${name}`,
      );
      const got = await readFile(machine.outside(out), 'utf8').catch(() => undefined);
      expect(read(text, `${out}.env`, file, name), `seed ${seed}\n${text}\n--- the file\n${file}`).toEqual(
        got === undefined ? undefined : JSON.parse(got),
      );
    }
  },
);

/** What our parser says that the program gets; undefined where it says that systemd starts nothing. */
function read(text: string, path: string, file: string, name: string): unknown {
  const specifiers = { n: name };
  const unit = parseUnit(text);
  const { variables } = environmentOf(unit, (asked) => (asked === path ? file : undefined), specifiers);
  try {
    const { argv } = commandOf(lastEntry(unit, 'Service', 'ExecStart')?.value ?? '');
    const got = ['A', 'B', 'C'].map((key) => [key, variables.get(key)?.value] as const);
    return {
      ...Object.fromEntries(got.filter(([, value]) => value !== undefined)),
      args: argv.slice(3).map((word) => expandSpecifiers(word, specifiers)),
    };
  } catch (error) {
    if (error instanceof SystemdError) return undefined;
    throw error;
  }
}
