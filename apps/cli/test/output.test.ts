import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { bundleChild, endOf, runChild, startChild } from './helpers/child.js';
import { tempDir } from './helpers/temp.js';

const program = `
  import { writeTo } from '@chainvisor/report';
import { print } from '../src/output.js';
  const [, , what, size] = process.argv;
  const text = 'grüße '.repeat(Number(size) / 8);
  if (what === 'print') print(text);
  else writeTo(what === '2' ? 2 : 1, text);
  writeTo(2, 'went on');
`;
const node = process.execPath;

describe('writeTo', () => {
  it('writes whole texts to where they belong', async () => {
    const child = await bundleChild(program);
    expect(await runChild(node, [child, '1', '800'])).toMatchObject({
      stdout: 'grüße '.repeat(100),
      stderr: 'went on',
    });
    expect(await runChild(node, [child, '2', '8'])).toMatchObject({ stdout: '', stderr: 'grüße went on' });
    expect(await runChild(node, [child, 'print', '8'])).toMatchObject({ stdout: 'grüße \n' });
    expect(await runChild(node, [child, '1', '0'])).toMatchObject({ stdout: '', stderr: 'went on', code: 0 });
  });

  it('tells of a full disk, which only a result that is printed whole minds', async () => {
    const full = async (text: string) => {
      const child = await bundleChild(text);
      return runChild('bash', ['-c', '"$@" > /dev/full; echo $? >&2', '-', node, child, '1', '80']);
    };
    expect((await full(program)).stderr).toBe('went on0\n');
    const whole = await full(`import { printWhole } from '../src/output.js'; printWhole('unit');`);
    expect(whole.stderr).toMatch(/could not be written, or only a part of it[^]*\n1\n$/);
  });

  it('writes more than a pipe holds, whole', async () => {
    const { stdout } = await runChild(node, [await bundleChild(program), '1', '4000000']);
    expect(stdout).toBe('grüße '.repeat(500_000));
  });

  it('outlives a reader that went away', async () => {
    const child = startChild('bash', ['-c', '"$@" | true', '-', node, await bundleChild(program), '1', '4000000'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    expect(await endOf(child)).toMatchObject({ stderr: 'went on' });
  });

  it('outlives a stream that is closed', async () => {
    const child = await bundleChild(program);
    const end = await runChild('bash', ['-c', '"$@" >&-; echo $? >&2', '-', node, child, '1', '80']);
    expect(end.stderr).toBe('went on0\n');
  });

  /** Writes to a named pipe that does not block, as a shared pipe does not once somebody has set it so. */
  async function startOnPipe() {
    const path = join(await tempDir(), 'pipe');
    await runChild('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    const file = await bundleChild(`
      import { closeSync, constants, openSync } from 'node:fs';
      import { writeTo } from '@chainvisor/report';
      // A spawn makes what it hands over blocking again.
      closeSync(1);
      const fd = openSync(process.argv[2] ?? '', constants.O_WRONLY | constants.O_NONBLOCK);
      writeTo(1, 'grüße '.repeat(50_000));
      writeTo(2, 'went on ' + fd);
    `);
    return { reader, ended: runChild(node, [file, path]) };
  }

  it('waits for a full pipe that does not block, and loses nothing', async () => {
    const { reader, ended } = await startOnPipe();
    const chunk = Buffer.alloc(65_536);
    const read: Buffer[] = [];
    await vi.waitFor(
      () => {
        // EAGAIN until the child has written something.
        read.push(Buffer.from(chunk.subarray(0, readSync(reader, chunk))));
        expect(read.reduce((sum, { length }) => sum + length, 0)).toBe(400_000);
      },
      { timeout: 20_000, interval: 10 },
    );
    expect(await ended).toMatchObject({ code: 0, stderr: 'went on 1' });
    expect(Buffer.concat(read).toString('utf8')).toBe('grüße '.repeat(50_000));
  });

  it('gives up on a full pipe that nobody reads, so that the program can end', async () => {
    const { ended } = await startOnPipe();
    expect(await ended).toMatchObject({ code: 0, stderr: 'went on 1' });
  });
});
