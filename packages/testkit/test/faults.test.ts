import { spawn, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseFault } from '../src/faults/fault.ts';
import { choicePoints, faultPoints, testDir, waitFor } from '../src/index.ts';

const trip = new URL('../src/faults/trip.ts', import.meta.url).href;

/** A program that passes points; `say` writes to its stdout. */
const program = (body: string) =>
  `import { writeSync } from 'node:fs';
  import { faultPoint } from ${JSON.stringify(trip)};
  const say = (text) => writeSync(1, text + ' ');
  ${body}`;

const args = (body: string) => ['--input-type=module', '-e', program(body)];
const run = (body: string, env: Record<string, string> = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, args(body), { encoding: 'utf8', env });

const twice = `
  say('begin');
  faultPoint('locked');
  faultPoint('stopped');
  say('once');
  faultPoint('stopped');
  say('twice');
  setTimeout(() => say('end'), 100);`;

describe('a fault point', () => {
  test('does nothing where no fault is set', () => {
    expect(run(twice)).toMatchObject({ status: 0, stdout: 'begin once twice end ', stderr: '' });
  });

  test('does nothing where the fault is at another point or passing', () => {
    for (const fault of ['started:kill', 'stopped#3:kill', 'locked#2:hang'])
      expect(run(twice, { FAULT_POINT: fault })).toMatchObject({ status: 0, stdout: 'begin once twice end ' });
  });

  test('kills there, at the first passing', () => {
    expect(run(twice, { FAULT_POINT: 'stopped:kill' })).toMatchObject({ signal: 'SIGKILL', stdout: 'begin ' });
  });

  test('kills there, at the passing that is named', () => {
    expect(run(twice, { FAULT_POINT: 'stopped#2:kill' })).toMatchObject({ signal: 'SIGKILL', stdout: 'begin once ' });
  });

  test('throws right there', () => {
    const caught = `try { faultPoint('stopped'); } catch (error) { say(error.message); }`;
    expect(run(caught, { FAULT_POINT: 'stopped:throw-sync' })).toMatchObject({
      status: 0,
      stdout: 'fault at stopped ',
    });
  });

  test('throws where nobody catches it', () => {
    const ended = run(`try { ${twice} } catch { say('caught'); }`, { FAULT_POINT: 'stopped:throw' });
    expect(ended).toMatchObject({ status: 1, stdout: 'begin once twice ' });
    expect(ended.stderr).toContain('Error: fault at stopped');
  });

  test('sends a signal and goes on', () => {
    const body = `process.once('SIGTERM', () => say('told')); ${twice}`;
    const ended = run(body, { FAULT_POINT: 'stopped:signal:SIGTERM' });
    expect(ended).toMatchObject({ status: 0, stdout: 'begin once twice told end ' });
  });

  test('hangs: not even a signal is heard', async () => {
    const body = `process.once('SIGTERM', () => process.exit(9)); ${twice}`;
    const child = spawn(process.execPath, args(body), { env: { FAULT_POINT: 'stopped:hang' }, stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await waitFor('its beginning', () => said !== '');
    child.kill('SIGTERM');
    // That nothing happens shows only in time; all that the program has left to do takes a tenth of a second.
    await sleep(500);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(said).toBe('begin ');
  });

  test('is logged at each passing, before its fault', async () => {
    const dir = await testDir();
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const FAULT_LOG = `${dir}/passed`;
    run(twice, { FAULT_LOG });
    run(twice, { FAULT_LOG, FAULT_POINT: 'stopped:kill' });
    expect(readFileSync(FAULT_LOG, 'utf8')).toBe('locked\nstopped\nstopped\nlocked\nstopped\n');
  });

  test('that is not told how to break ends the program', () => {
    const ended = run(twice, { FAULT_POINT: 'stoped:kill' });
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toContain('FAULT_POINT is "stoped:kill"');
  });
});

describe('what FAULT_POINT says', () => {
  test('is read for every point and action', () => {
    for (const { name } of [...faultPoints, ...choicePoints]) {
      expect(parseFault(`${name}:kill`)).toEqual({ point: name, passing: 1, action: 'kill' });
      expect(parseFault(`${name}#12:throw-sync`)).toEqual({ point: name, passing: 12, action: 'throw-sync' });
    }
    expect(parseFault('locked:signal:SIGHUP')).toEqual({ point: 'locked', passing: 1, action: 'signal:SIGHUP' });
  });

  test.for(['', 'locked', 'locked:', 'locked#0:kill', 'locked#:kill', 'lock:kill', 'locked:die', 'locked:signal:SIGX'])(
    'is refused where it is %j',
    (text) => {
      expect(() => parseFault(text)).toThrow(`FAULT_POINT is ${JSON.stringify(text)}`);
    },
  );
});
