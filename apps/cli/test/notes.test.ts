import type { Note } from '@chainvisor/policy';
import { expect, it } from 'vitest';
import { createNotes } from '../src/supervise/notes.js';
import { keepLog } from './helpers/log.js';

const unproven: Note = { level: 'info', about: 'unproven', text: 'v2 is not due' };
const older: Note = { level: 'warning', about: 'file-older', text: 'v1 is older' };

it('each thing is said once, until something else is said about the same', () => {
  const { log, said } = keepLog();
  const notes = createNotes(log);
  const tell = (...told: Note[]) => notes.tell({ action: { do: 'watch' }, rule: 'unproven', notes: told });
  tell(unproven);
  tell(unproven, older);
  tell();
  tell(older, unproven);
  tell({ ...unproven, text: 'v3 is not due' });
  tell(unproven);
  expect(said.map(({ level, message }) => [level, message])).toEqual([
    ['info', 'v2 is not due'],
    ['warn', 'v1 is older'],
    ['info', 'v3 is not due'],
    ['info', 'v2 is not due'],
  ]);
});
