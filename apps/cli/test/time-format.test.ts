import { describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { timeFormats } from '@chainvisor/config';
import { formatTime } from '../src/log/time-format.js';
import { bundleChild, runChild } from './helpers/child.js';

/** By zone, instant and layout: what `time.Format` of Go 1.26 gives, with the layouts of its `time` package. */
type Golden = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

const golden = JSON.parse(await readFile(new URL('fixtures/go-times.json', import.meta.url), 'utf8')) as Golden;

describe('formatTime', () => {
  it('gives what Go gives, in every layout and zone', async () => {
    const child = await bundleChild(`
      import { timeFormats } from '@chainvisor/config';
      import { formatTime } from '../src/log/time-format.js';
      const texts = {};
      for (const instant of process.argv.slice(2)) {
        texts[instant] = Object.fromEntries(timeFormats.map((format) => [format, formatTime(new Date(instant), format)]));
      }
      console.log(JSON.stringify(texts));
    `);
    const ours: Record<string, unknown> = {};
    for (const [zone, instants] of Object.entries(golden)) {
      // Another locale and language must not matter.
      const env = { TZ: zone, LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' };
      const { stdout } = await runChild(process.execPath, [child, ...Object.keys(instants)], { env });
      ours[zone] = JSON.parse(stdout);
    }
    expect(ours).toEqual(golden);
  });

  it('is compared in layouts, zones and instants that differ', () => {
    expect(Object.keys(golden)).toEqual(expect.arrayContaining(['UTC', 'America/New_York', 'Asia/Kolkata']));
    const layouts = Object.values(golden).flatMap((instants) =>
      Object.values(instants).map((texts) => Object.keys(texts)),
    );
    expect(layouts.length).toBeGreaterThan(90);
    for (const each of layouts) expect(each.sort()).toEqual([...timeFormats].sort());
  });

  it('is empty where the setting is empty', () => {
    expect(formatTime(new Date(), '')).toBe('');
  });

  it('is UTC with milliseconds where the setting is not set', () => {
    expect(formatTime(new Date('2026-01-05T06:07:08.009+05:30'), undefined)).toBe('2026-01-05T00:37:08.009Z');
  });
});
