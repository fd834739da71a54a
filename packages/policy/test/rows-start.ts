import { plan, V1, V2, V3, names, cutOff, linked, runnable, missing, alive, ended, facts, withV2 } from './facts.js';
import {
  type Row,
  run,
  watch,
  end,
  restore,
  link,
  byHeight,
  upgrade,
  notALink,
  directory,
  absent,
  gone,
  open,
  onV2,
  manualV2,
  pending,
  changedUnder,
} from './rows.js';

// prettier-ignore
export const operatorEnded: readonly Row[] = [
  ['an ending that the operator asked for is passed on when nothing is new', facts({ child: ended({ by: 'operator' }) }), 'nothing-new', end],
  ['an ending that the operator asked for proves nothing, though the file changed and the height is known', withV2({ child: ended({ by: 'operator', fileChanged: true, liveHeight: 100 }), heights: { wal: 100 } }), 'nothing-new', end],
  ['an ending that the operator asked for is passed on though the file is cut off', facts({ file: cutOff, lastGood: V1, child: ended({ by: 'operator', fileChanged: true }) }), 'nothing-new', end],
  ['an ending that the operator asked for is passed on though current is a directory', facts({ current: directory, child: ended({ by: 'operator' }) }), 'nothing-new', end],
  ['an ending that the operator asked for is passed on though a manual upgrade is due', facts({ manual: [manualV2], heights: { recorded: 100 }, child: ended({ by: 'operator' }) }), 'nothing-new', end],
];

// prettier-ignore
export const currentNotALink: readonly Row[] = [
  ['a current that is a directory is refused at start', facts({ current: directory }), 'current-not-a-link', notALink],
  ['a current that is a directory is refused at start before a recorded upgrade is abandoned', withV2({ current: directory, open }), 'current-not-a-link', notALink],
  ['a current that is a directory is refused after the child has ended', withV2({ current: directory, child: ended(changedUnder) }), 'current-not-a-link', notALink],
  ['a child that makes blocks is left alone when current becomes a directory', withV2({ current: directory, child: alive({ liveHeight: 99 }) }), 'current-not-a-link', watch],
  ['a current that is a directory is refused under a child that has halted for an upgrade', withV2({ current: directory, child: alive({ fileChanged: true, liveHeight: 100 }) }), 'current-not-a-link', notALink],
  ['a current that is a directory is refused under a child that has reached a manual upgrade', facts({ current: directory, manual: [manualV2], child: alive({ liveHeight: 100 }) }), 'current-not-a-link', notALink],
];

// prettier-ignore
export const unfinished: readonly Row[] = [
  ['an unfinished upgrade is finished when current was not switched yet', withV2({ open }), 'unfinished', { do: 'finish', upgrade: open }],
  ['an unfinished upgrade is finished when current was switched already', withV2({ open, current: onV2 }), 'unfinished', { do: 'finish', upgrade: open }],
  ['an unfinished upgrade is finished when the file spells its name in other case', withV2({ open, file: names(plan('V2', 100)) }), 'unfinished', { do: 'finish', upgrade: open }],
  ['an unfinished upgrade is finished without any height known and without looking at the binary', withV2({ open, staged: missing('upgrades/v2') }), 'unfinished', { do: 'finish', upgrade: open }],
  ['an unfinished upgrade is not begun anew under the live child that it started', withV2({ open, current: onV2, child: alive() }), 'nothing-new', watch],
  ['an unfinished upgrade waits for the next start when its child has ended', withV2({ open, current: onV2, child: ended() }), 'nothing-new', end],
];

// prettier-ignore
export const abandoned: readonly Row[] = [
  ['an unfinished upgrade is abandoned when the file is gone', facts({ open }), 'nothing-new', run, ['warning abandoned']],
  ['an unfinished upgrade is abandoned when the file is cut off, which is then put back', facts({ open, file: cutOff, lastGood: V2 }), 'file-unreadable', restore, ['warning abandoned', 'warning file-restored']],
  ['an unfinished upgrade is abandoned when the file names another plan', withV2({ open, file: names(V3), staged: runnable('upgrades/v3') }), 'unproven', run, ['warning abandoned', 'info unproven']],
  ['an unfinished upgrade is abandoned when the file names another height', withV2({ open, file: names(plan('v2', 101)) }), 'unproven', run, ['warning abandoned', 'info unproven']],
  ['an unfinished upgrade is abandoned when its height is to be skipped', withV2({ open, skipHeights: [100] }), 'skipped', run, ['warning abandoned', 'info skipped']],
  ['an unfinished upgrade is abandoned when current was moved elsewhere', withV2({ open, current: linked('upgrades/v9') }), 'unproven', run, ['warning abandoned', 'info unproven']],
  ['an unfinished upgrade is abandoned when current is gone', withV2({ open, current: absent }), 'current-absent', link('upgrades/v2'), ['warning abandoned', 'info current']],
  ['an unfinished upgrade is abandoned when current dangles', withV2({ open, current: gone('genesis') }), 'current-absent', link('upgrades/v2'), ['warning abandoned', 'warning current']],
];

// prettier-ignore
export const unreadable: readonly Row[] = [
  ['a file that is cut off is put back at start', facts({ file: cutOff, lastGood: V1 }), 'file-unreadable', restore, ['warning file-restored']],
  ['a file that is cut off is put back before a missing current is looked for', facts({ file: cutOff, lastGood: V1, current: absent }), 'file-unreadable', restore, ['warning file-restored']],
  ['a file that is cut off is put back when the child ended over it', facts({ file: cutOff, lastGood: V1, child: ended(changedUnder) }), 'file-unreadable', restore, ['warning file-restored']],
  ['a file that is cut off is not put back when the second try ended over it too', facts({ file: cutOff, lastGood: V1, child: ended({ fileChanged: true, relaunched: true }) }), 'file-unreadable', end],
  ['a file that was cut off before the child ended is left to the next start', facts({ file: cutOff, lastGood: V1, child: ended() }), 'file-unreadable', end],
  ['a file that a live child is writing is left to it', facts({ file: cutOff, lastGood: V1, child: alive(changedUnder) }), 'nothing-new', watch],
  ['without a good file on record, current runs over one that is cut off', facts({ file: cutOff }), 'file-unreadable', run, ['warning file-unreadable']],
  ['without a good file on record, current runs once more when the child ended over a file that it cut off', facts({ file: cutOff, child: ended(changedUnder) }), 'file-unreadable', run, ['warning file-unreadable']],
  ['without a good file on record, there is no third try', facts({ file: cutOff, child: ended({ fileChanged: true, relaunched: true }) }), 'file-unreadable', end],
  ['without a good file on record, a missing current is set first', facts({ file: cutOff, current: absent }), 'current-absent', link('genesis'), ['warning file-unreadable', 'info current']],
  ['over a file that is cut off, a pending manual upgrade still gets its exact halt', facts({ file: cutOff, manual: [manualV2] }), 'manual-pending', pending(), ['warning file-unreadable']],
  ['over a file that is cut off, a manual upgrade that is reached is still due', facts({ file: cutOff, manual: [manualV2], heights: { wal: 100 } }), 'manual-due', upgrade(byHeight('wal', 100)), ['warning file-unreadable']],
  ['over a file that is cut off, a skipped plan is still gone back from', facts({ file: cutOff, current: onV2, skipHeights: [100] }), 'skipped-back', link('upgrades/v1'), ['warning file-unreadable', 'warning skipped']],
];
