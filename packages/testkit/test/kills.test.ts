import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { killTimes, killUnder, processesUnder, testDir, untilPlan, waitFor } from '../src/index.ts';

async function dirOfTest(): Promise<string> {
  const dir = await testDir();
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe('kill times', () => {
  const options = { count: 200, seed: 7, within: 600 };

  test('are the same for a seed, and others for another', () => {
    expect(killTimes(options)).toEqual(killTimes(options));
    expect(killTimes({ ...options, seed: 8 })).not.toEqual(killTimes(options));
  });

  test('are one in each part of the range, in no order', () => {
    const times = killTimes(options);
    const sorted = times.toSorted((a, b) => a - b);
    expect(sorted.map((time) => Math.floor(time / 3))).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(times).not.toEqual(sorted);
    expect(times.every(Number.isInteger)).toBe(true);
  });

  test('are spread also where there are more of them than milliseconds', () => {
    const times = killTimes({ count: 50, seed: 1, within: 10 });
    expect(new Set(times)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(killTimes({ count: 0, seed: 1, within: 10 })).toEqual([]);
  });
});

describe('untilPlan', () => {
  test('resolves to the plan at the height or above, once the file is there and whole', async () => {
    const file = `${await dirOfTest()}/upgrade-info.json`;
    const looked: string[] = [];
    const found = untilPlan(file, 12).then((plan) => {
      looked.push('found');
      return plan;
    });
    for (const text of ['', '{"name":"v2","height":6}', '{"name":"v3","hei', '{"name":"v3","height":12}']) {
      looked.push(text);
      writeFileSync(file, text);
      if (!text.includes('12')) await sleep(30);
    }
    expect(await found).toEqual({ name: 'v3', height: 12 });
    expect(looked.at(-2)).toBe('{"name":"v3","height":12}');
    expect(await untilPlan(file, 6)).toEqual({ name: 'v3', height: 12 });
  });

  test('gives up where it never comes', async () => {
    const file = `${await dirOfTest()}/upgrade-info.json`;
    writeFileSync(file, '{"name":"v2","height":6}');
    await expect(untilPlan(file, 7, 50)).rejects.toMatchObject({ code: 'WAIT_TIMEOUT', message: /at height 7/ });
  });
});

describe('killUnder', () => {
  test('kills all that runs in a directory, its children and what they start too, and nobody else', async () => {
    const dir = await dirOfTest();
    mkdirSync(`${dir}/a`);
    mkdirSync(`${dir}/b`);
    const shell = (cwd: string) => spawn('sh', ['-c', 'while :; do sleep 0.02; done & wait'], { cwd, stdio: 'ignore' });
    const other = shell(`${dir}/b`);
    onTestFinished(() => killUnder(dir));
    shell(`${dir}/a`);
    await waitFor('both at work', async () => (await processesUnder(dir)).length >= 4);
    await killUnder(`${dir}/a`);
    expect(await processesUnder(`${dir}/a`)).toEqual([]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect((await processesUnder(`${dir}/b`)).map(({ pid }) => pid)).toContain(other.pid);
  });
});
