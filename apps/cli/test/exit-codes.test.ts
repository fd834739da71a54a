import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../src/exit-codes.js';
import { hopeless } from '../src/systemd/hopeless.js';

const operations = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const rows = [...operations.matchAll(/^\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|([^|]+)\|([^|]+)\|$/gm)];

describe('the exit codes', () => {
  it('are those that docs/operations.md explains, and no others', () => {
    const documented = new Map(rows.map(([, code, name = '']) => [name, Number(code)]));
    expect(documented).toEqual(new Map(Object.entries(exitCodes)));
    expect(rows).toHaveLength(Object.keys(exitCodes).length);
    for (const [, , , why = '', help = ''] of rows) expect([why.trim(), help.trim()]).not.toContain('');
  });

  it('differ from each other', () => {
    const codes = Object.values(exitCodes);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(Object.entries(exitCodes))('%s is within 64 to 78', (_, code) => {
    expect(Number.isInteger(code) && code >= 64 && code <= 78).toBe(true);
  });

  it('that a rendered unit does not restart after are those that no restart mends', () => {
    const documented = rows.filter(([, , , , help = '']) => help.trim() === 'no').map(([, code]) => Number(code));
    expect(documented.length).toBeGreaterThan(0);
    expect(hopeless).toEqual(documented);
  });
});
