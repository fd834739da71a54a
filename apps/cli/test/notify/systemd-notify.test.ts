import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { sendBySystemdNotify } from '../../src/notify/systemd-notify.js';
import { fakeNotify } from '../helpers/fake-notify.js';

const bounds = { path: process.env['PATH'], timeout: 60_000 };

it('leaves nothing behind, however it ends: it is tried again and again for months', async () => {
  const fake = await fakeNotify();
  const { signal } = new AbortController();
  const sent = sendBySystemdNotify(fake.file, '/run/none', bounds);
  await sent(['READY=1'], signal);
  await fake.does('exit 1');
  await expect(sent(['READY=1'], signal)).rejects.toThrow('it exited with code 1');
  const missing = sendBySystemdNotify('/nowhere/systemd-notify', '/run/none', bounds);
  await expect(missing(['READY=1'], signal)).rejects.toThrow('ENOENT');
  const directory = sendBySystemdNotify(fake.bin, '/run/none', bounds);
  await expect(directory(['READY=1'], signal)).rejects.toThrow('EACCES');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('is cut off at once where what it runs does not end', async () => {
  const fake = await fakeNotify();
  await fake.does('exec sleep 600');
  const end = new AbortController();
  const sent = sendBySystemdNotify(fake.file, '/run/none', bounds)(['READY=1'], end.signal);
  end.abort();
  await expect(sent).rejects.toThrow('it was cut off');
});

it('names the want of descriptors', async () => {
  const module = fileURLToPath(new URL('../../src/notify/systemd-notify.ts', import.meta.url));
  const script = `
    import { closeSync, openSync } from 'node:fs';
    const { sendBySystemdNotify } = await import(${JSON.stringify(module)});
    const { signal } = new AbortController();
    const open = [];
    for (;;) try { open.push(openSync('/dev/null')); } catch { break; }
    const reason = await sendBySystemdNotify('/bin/true', '/run/none', { timeout: 60_000 })(['A=1'], signal).catch(({ message }) => message);
    open.forEach((fd) => closeSync(fd));
    process.stdout.write(reason);`;
  const { stdout } = await promisify(execFile)('/bin/sh', [
    '-c',
    'ulimit -n 64; exec "$0" --input-type=module --eval "$1"',
    process.execPath,
    script,
  ]);
  expect(stdout).toBe('spawn /bin/true EMFILE');
});
