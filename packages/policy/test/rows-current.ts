import { plan, V2, V3, names, linked, missing, runnable, alive, ended, facts, withV2 } from './facts.js';
import {
  type Row,
  run,
  watch,
  end,
  link,
  byHeight,
  upgrade,
  binaryMissing,
  lost,
  absent,
  gone,
  journal,
  onV2,
  manualV2,
  changedUnder,
} from './rows.js';

// prettier-ignore
export const nothingNew: readonly Row[] = [
  ['without a file, current runs', facts(), 'nothing-new', run],
  ['without a file, a live child is left alone', facts({ child: alive(changedUnder) }), 'nothing-new', watch],
  ['without a file, an ending is passed on', facts({ child: ended(changedUnder) }), 'nothing-new', end],
  ['a file that names what current is for calls for nothing', withV2({ current: onV2, heights: { wal: 150 } }), 'nothing-new', run],
  ['a file that names what current is for in other case calls for nothing', withV2({ file: names(plan('V2', 100)), current: onV2, heights: { wal: 150 } }), 'nothing-new', run],
  ['a file that names what genesis is for calls for nothing', withV2({ current: linked('genesis', V2), heights: { wal: 150 } }), 'nothing-new', run],
  ['a file that names what current is for leaves a live child alone, whatever it proves', withV2({ current: onV2, child: alive({ fileChanged: true, liveHeight: 150 }) }), 'nothing-new', watch],
  ['a child of the very directory that the file names, without a plan beside it, is not stopped for it', withV2({ current: linked('upgrades/v2'), child: alive({ liveHeight: 150 }) }), 'nothing-new', watch],
  ['a child of that directory is upgraded once the file changes under it: then it was started from another', withV2({ current: linked('upgrades/v2'), child: alive({ fileChanged: true, liveHeight: 100 }) }), 'due', upgrade(byHeight('status', 100))],
  ['that directory is upgraded to at start, which puts its plan beside it', withV2({ current: linked('upgrades/v2'), heights: { wal: 150 } }), 'due', upgrade(byHeight('wal', 150))],
  ['the same name at a greater height is upgraded to under a live child, though its directory is the same', withV2({ current: linked('upgrades/v2', plan('v2', 60)), child: alive({ liveHeight: 100 }) }), 'due', upgrade(byHeight('status', 100))],
  ['a file that names what current is for passes an ending on', withV2({ current: onV2, child: ended(changedUnder) }), 'nothing-new', end],
];

// prettier-ignore
export const skipped: readonly Row[] = [
  ['a proven plan whose height is to be skipped is not switched to', withV2({ skipHeights: [7, 100], heights: { wal: 100 } }), 'skipped', run, ['info skipped']],
  ['a plan whose height is to be skipped leaves a live child alone', withV2({ skipHeights: [100], child: alive({ liveHeight: 100 }) }), 'skipped', watch, ['info skipped']],
  ['a plan whose height is to be skipped passes an ending on', withV2({ skipHeights: [100], child: ended(changedUnder) }), 'skipped', end, ['info skipped']],
  ['another height that is to be skipped changes nothing', withV2({ skipHeights: [99, 101], heights: { wal: 100 } }), 'due', upgrade(byHeight('wal', 100))],
  ['a skipped plan that current is for is gone back from when no height is known', withV2({ current: onV2, skipHeights: [100] }), 'skipped-back', link('upgrades/v1'), ['warning skipped']],
  ['a skipped plan that current is for is gone back from when its height is the last known', withV2({ current: onV2, skipHeights: [100], heights: { wal: 100, recorded: 99 } }), 'skipped-back', link('upgrades/v1'), ['warning skipped']],
  ['a skipped plan that current is for stays once a block above it is known', withV2({ current: onV2, skipHeights: [100], heights: { recorded: 100, validator: 101 } }), 'nothing-new', run, ['warning skipped']],
  ['a file whose upgrade was made leaves alone what current was moved on to by hand since', withV2({ current: linked('upgrades/v2.1'), staged: runnable('upgrades/v2', true), heights: { wal: 300 } }), 'nothing-new', run, ['warning moved']],
  ['a file whose upgrade was made leaves a live child alone that current was moved on to', withV2({ current: linked('upgrades/v2.1'), staged: runnable('upgrades/v2', true), child: alive({ liveHeight: 300 }) }), 'nothing-new', watch, ['warning moved']],
  ['a file that the node has written anew is due, whatever current was moved to', withV2({ current: linked('upgrades/v2.1'), staged: runnable('upgrades/v2', true), child: alive({ fileChanged: true, liveHeight: 100 }) }), 'due', upgrade(byHeight('status', 100))],
  ['a skipped plan that current is for stays where nothing recorded ran before it', withV2({ current: linked('upgrades/v2', V2), skipHeights: [100] }), 'nothing-new', run],
  ['a skipped plan that current is for is gone back from without a file too', facts({ current: onV2, skipHeights: [100] }), 'skipped-back', link('upgrades/v1'), ['warning skipped']],
  ['nothing is gone back from under a live child', withV2({ current: onV2, skipHeights: [100], child: alive() }), 'nothing-new', watch],
  ['nothing is gone back from after an ending', withV2({ current: onV2, skipHeights: [100], child: ended() }), 'nothing-new', end],
  ['current is not linked to itself over and over where it is recorded as what ran before it', withV2({ current: linked('upgrades/v2', V2, 'upgrades/v2'), skipHeights: [100] }), 'nothing-new', run],
];

// prettier-ignore
export const older: readonly Row[] = [
  ['a file older than current is never switched back to, though its height is proven', withV2({ current: linked('upgrades/v3', V3), heights: { wal: 300 } }), 'file-older', run, ['warning file-older']],
  ['a file older than current leaves a live child alone', withV2({ current: linked('upgrades/v3', V3), child: alive({ fileChanged: true, settled: true }) }), 'file-older', watch, ['warning file-older']],
  ['a file older than current passes an ending on', withV2({ current: linked('upgrades/v3', V3), child: ended(changedUnder) }), 'file-older', end, ['warning file-older']],
  ['the same name at a lower height is older', withV2({ current: linked('upgrades/v2', plan('v2', 101)), heights: { wal: 300 } }), 'file-older', run, ['warning file-older']],
];

// prettier-ignore
export const currentAbsent: readonly Row[] = [
  ['a missing current is set to what the journal says', withV2({ current: absent, journalCurrent: journal('upgrades/v1', true) }), 'current-absent', link('upgrades/v1'), ['info current']],
  ['a dangling current is set to what the journal says, with a warning', withV2({ current: gone('upgrades/v9'), journalCurrent: journal('upgrades/v1', true) }), 'current-absent', link('upgrades/v1'), ['warning current']],
  ['without a journal, a missing current is set to the plan that the file names where it is staged', withV2({ current: absent }), 'current-absent', link('upgrades/v2'), ['info current']],
  ['where what the journal says cannot run, a missing current is set to the plan that the file names, with proof', withV2({ current: absent, journalCurrent: journal('upgrades/v1', false), heights: { wal: 100 } }), 'current-absent', link('upgrades/v2'), ['info current']],
  ['where what the journal says cannot run, an older plan is no reason to go back', withV2({ current: absent, journalCurrent: journal('upgrades/v3', false, 200), heights: { wal: 250 } }), 'current-absent', lost('upgrades/v3')],
  ['where what the journal says cannot run, a plan that is still to come is no reason to run its binary', withV2({ current: absent, journalCurrent: journal('upgrades/v1', false), heights: { wal: 99 } }), 'current-absent', lost('upgrades/v1')],
  ['without a journal and without a staged plan, a missing current is set to genesis', withV2({ current: absent, staged: missing('upgrades/v2') }), 'current-absent', link('genesis'), ['info current']],
  ['without a journal and without a file, a dangling current is set to genesis', facts({ current: gone('upgrades/v9') }), 'current-absent', link('genesis'), ['warning current']],
  ['what the journal says ran last and is gone is refused, not replaced by a guess', facts({ current: absent, journalCurrent: journal('upgrades/v1', false) }), 'current-absent', lost('upgrades/v1')],
  ['a genesis that is gone is refused, not linked over and over', facts({ current: gone('genesis') }), 'current-absent', lost('genesis')],
  ['a missing current is not set to a plan that is to be skipped', withV2({ current: absent, skipHeights: [100] }), 'current-absent', link('genesis'), ['info current']],
  ['a missing current is not set to a plan that is to be skipped where what ran is gone', withV2({ current: absent, skipHeights: [100], journalCurrent: journal('upgrades/v1', false) }), 'current-absent', lost('upgrades/v1')],
  ['a missing current is set when the child has ended too', withV2({ current: absent, child: ended(changedUnder), journalCurrent: journal('genesis', true) }), 'current-absent', link('genesis'), ['info current']],
  ['a child that makes blocks is left alone when current goes missing', facts({ current: absent, child: alive({ liveHeight: 99 }), journalCurrent: journal('genesis', true) }), 'current-absent', watch],
  ['a child that makes blocks is left alone when current goes missing and an early file is there', withV2({ current: absent, child: alive({ fileChanged: true, liveHeight: 98 }) }), 'current-absent', watch],
  ['a child that halted for an upgrade is upgraded though current went missing', withV2({ current: absent, child: alive({ fileChanged: true, liveHeight: 100 }), journalCurrent: journal('genesis', true) }), 'due', upgrade(byHeight('status', 100))],
  ['a child that halted for an upgrade is upgraded though current dangles and no RPC answers', withV2({ current: gone('genesis'), child: alive({ fileChanged: true, settled: true }) }), 'due', upgrade({ by: 'settled' })],
  ['a child that halted for an upgrade without a binary is stopped though current went missing', withV2({ current: absent, staged: missing('upgrades/v2'), child: alive({ fileChanged: true, liveHeight: 100 }) }), 'due-binary-missing', binaryMissing()],
  ['a child past the height of the file can execute it, so nothing is due when current goes missing', withV2({ current: absent, child: alive({ fileChanged: true, liveHeight: 101 }) }), 'current-absent', watch],
  ['a child that runs the very plan of the file is left alone when current goes missing', withV2({ current: absent, child: alive({ fileChanged: true, liveHeight: 100 }), journalCurrent: journal('upgrades/v2', true) }), 'current-absent', watch],
  ['a child over a file from before it is left alone when current goes missing', withV2({ current: absent, child: alive({ liveHeight: 100 }) }), 'current-absent', watch],
  ['a child over a plan that is to be skipped is left alone when current goes missing', withV2({ current: absent, skipHeights: [100], child: alive({ fileChanged: true, liveHeight: 100 }) }), 'current-absent', watch],
  ['a child that reached a manual upgrade is upgraded though current went missing', facts({ current: absent, manual: [manualV2], child: alive({ liveHeight: 100 }) }), 'manual-due', upgrade(byHeight('status', 100))],
];
